"""What the bakery's developers change to get the app: a line in urlpatterns."""

from bakery.urls import urlpatterns
from django.urls import include, path

urlpatterns = [*urlpatterns, path("progress/", include("progress_updater.urls"))]
