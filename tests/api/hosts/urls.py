"""The addresses of a project that mounts the app somewhere."""

from django.urls import include, path

urlpatterns = [path("some/where/", include("progress_updater.urls"))]
