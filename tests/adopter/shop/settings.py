"""A project with habits of its own. ADOPTED=1 is the change that its developers make to get the app."""

import os
from pathlib import Path

HOME = Path(os.environ["SHOP_HOME"])
ADOPTED = os.environ.get("ADOPTED") == "1"

SECRET_KEY = "shop"
ROOT_URLCONF = "shop.urls"
USE_TZ = True
AUTH_USER_MODEL = "shop.Customer"
DEFAULT_AUTO_FIELD = "django.db.models.AutoField"

INSTALLED_APPS = ["django.contrib.contenttypes", "django.contrib.auth", "django.contrib.sessions", "shop"]
if ADOPTED:
    INSTALLED_APPS += ["rest_framework", "progress_updater"]

MIDDLEWARE = [
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
]

_SQLITE = {
    "ENGINE": "django.db.backends.sqlite3",
    "ATOMIC_REQUESTS": True,
    "OPTIONS": {"transaction_mode": "IMMEDIATE", "init_command": "PRAGMA journal_mode=WAL"},
}
DATABASES = {
    "default": {**_SQLITE, "NAME": HOME / "shop.sqlite3"},
    "archive": {**_SQLITE, "NAME": HOME / "archive.sqlite3"},
}
DATABASE_ROUTERS = ["shop.routers.ArchiveRouter"]

CELERY_BROKER_URL = "filesystem://"
CELERY_BROKER_TRANSPORT_OPTIONS = {
    "data_folder_in": str(HOME / "queue"),
    "data_folder_out": str(HOME / "queue"),
    "control_folder": str(HOME / "control"),
}
CELERY_TASK_ALWAYS_EAGER = os.environ.get("EAGER") == "1"
CELERY_TASK_EAGER_PROPAGATES = True
CELERY_TASK_STORE_EAGER_RESULT = False
