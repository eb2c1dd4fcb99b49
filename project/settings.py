"""The demo site's settings. Each server is one environment variable; without any, all is kept in VAR_DIR."""

from os import environ
from pathlib import Path

from project.databases import PROGRESS_ALIAS, databases
from project.embedded import broker_options, kept_secret, make_folder, result_backend

BASE_DIR = Path(__file__).resolve().parent.parent
VAR_DIR = make_folder(Path(environ.get("VAR_DIR") or BASE_DIR / "var").resolve())

DEBUG = environ.get("DEBUG", "0") == "1"
SECRET_KEY = environ.get("SECRET_KEY") or kept_secret(VAR_DIR / "secret-key", 50)
ALLOWED_HOSTS = environ.get("ALLOWED_HOSTS", "127.0.0.1,localhost").split(",")

INSTALLED_APPS = [
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "rest_framework",
    "rest_framework.authtoken",
    "drf_spectacular",
    "progress_updater",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "progress_updater.middleware.TaskOwnerMiddleware",
]

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ],
        },
    },
]

ROOT_URLCONF = "project.urls"
ASGI_APPLICATION = "project.asgi.application"
WSGI_APPLICATION = "project.wsgi.application"
LOGIN_URL = "rest_framework:login"
LOGIN_REDIRECT_URL = "admin:index"

TIME_ZONE = "UTC"
USE_TZ = True

STATIC_URL = "static/"
WHITENOISE_USE_FINDERS = True

# -- databases
DATABASES = databases(VAR_DIR, environ.get("DATABASE_URL"), environ.get("PROGRESS_DATABASE_URL"))
DATABASE_ROUTERS = ["progress_updater.routers.ProgressUpdaterRouter"]
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
PROGRESS_UPDATER = {
    "DATABASE": PROGRESS_ALIAS if PROGRESS_ALIAS in DATABASES else "default",
    "JOURNAL_DIR": VAR_DIR / "journals",
}

# -- Celery
CELERY_BROKER_URL = environ.get("CELERY_BROKER_URL") or "filesystem://"
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
if CELERY_BROKER_URL == "filesystem://":
    CELERY_BROKER_TRANSPORT = "project.filesystem_broker:Transport"
    CELERY_BROKER_TRANSPORT_OPTIONS = broker_options(VAR_DIR / "broker")
CELERY_RESULT_BACKEND = environ.get("CELERY_RESULT_BACKEND") or result_backend(VAR_DIR / "results")
CELERY_TIMEZONE = TIME_ZONE

# -- API
REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "rest_framework.authentication.TokenAuthentication",
        "rest_framework.authentication.SessionAuthentication",
    ],
    "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.IsAuthenticated"],
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
}
SPECTACULAR_SETTINGS = {"TITLE": "progress_updater", "SERVE_INCLUDE_SCHEMA": False}
