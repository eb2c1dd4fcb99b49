"""The demo site: a small Django project that uses progress_updater."""

from project.celery import app as celery_app

__all__ = ["celery_app"]
