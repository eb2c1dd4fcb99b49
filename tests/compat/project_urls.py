"""Addresses of a project that has clients of others."""

from django.urls import include, path

urlpatterns = [
    path("flower/", include("progress_updater.compat.flower_urls")),
    path("celery-progress/", include("progress_updater.compat.celery_progress_urls")),
    path(
        "generous/",
        include("progress_updater.compat.celery_progress_urls", namespace="generous"),
        {"owners_see_results": True},
    ),
]
