"""Every address that the app has: its own, those of clients of others, and the admin."""

from django.contrib import admin
from django.urls import include, path

from tests.compat import project_urls

urlpatterns = [
    path("admin/", admin.site.urls),
    path("", include("progress_updater.urls")),
    *project_urls.urlpatterns,
]
