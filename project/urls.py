"""The site's addresses: the admin, a login, and progress_updater at the root."""

from django.contrib import admin
from django.urls import include, path

urlpatterns = [
    path("admin/", admin.site.urls),
    path("accounts/", include("rest_framework.urls")),
    path("", include("progress_updater.urls")),
]
