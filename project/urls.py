"""The site's addresses: the admin, a login, and progress_updater at the root; the rest leads to the admin."""

from django.contrib import admin
from django.urls import include, path
from django.views.generic import RedirectView

urlpatterns = [
    path("admin/", admin.site.urls),
    path("accounts/", include("rest_framework.urls")),
    path("", include("progress_updater.urls")),
    path("", RedirectView.as_view(pattern_name="admin:index")),
]
