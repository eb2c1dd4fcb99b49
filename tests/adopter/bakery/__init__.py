"""The project: a bakery. It knows nothing of any progress."""

from bakery.celery import app as celery_app

__all__ = ["celery_app"]
