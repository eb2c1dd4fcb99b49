"""The demo site's settings, with the apps that a comparison needs and no others."""

from os import environ

from project.settings import *  # noqa: F403

APPS = environ["BENCHMARK_APPS"].split()

INSTALLED_APPS = ["django.contrib.contenttypes", "django.contrib.auth", *APPS]
MIDDLEWARE: list[str] = []
ROOT_URLCONF = "django.contrib.auth.urls"
if "progress_updater" not in APPS:
    DATABASE_ROUTERS: list[str] = []
