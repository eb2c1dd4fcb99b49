"""The demo site as it would be without the app."""

from project.settings import *  # noqa: F403
from project.settings import INSTALLED_APPS as WITH
from project.settings import MIDDLEWARE as WITH_MIDDLEWARE

INSTALLED_APPS = [name for name in WITH if name != "progress_updater"]
MIDDLEWARE = [name for name in WITH_MIDDLEWARE if not name.startswith("progress_updater.")]
DATABASE_ROUTERS: list[str] = []
ROOT_URLCONF = "django.contrib.auth.urls"
