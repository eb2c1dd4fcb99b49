"""The settings of projects that use the app: an ordinary one, and one that does everything differently."""

from os import environ
from pathlib import Path

SECRET_KEY = "tests"
ALLOWED_HOSTS = ["testserver"]
ROOT_URLCONF = "tests.api.hosts.urls"
INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "rest_framework",
    "rest_framework.authtoken",
    "progress_updater",
]
MIDDLEWARE = [
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.http.ConditionalGetMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
]
TEMPLATES = [{"BACKEND": "django.template.backends.django.DjangoTemplates", "APP_DIRS": True}]
DATABASES = {
    "default": {"ENGINE": "django.db.backends.sqlite3", "NAME": Path(environ["HOST_FOLDER"]) / "host.sqlite3"}
}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
USE_TZ = True
PROGRESS_UPDATER = {"SINK": "memory"}
REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "rest_framework.authentication.TokenAuthentication",
        "rest_framework.authentication.SessionAuthentication",
    ],
}

if environ["HOST"] == "hostile":
    DATABASES["default"]["ATOMIC_REQUESTS"] = True
    TIME_ZONE = "Asia/Tokyo"
    REST_FRAMEWORK |= {
        "DEFAULT_RENDERER_CLASSES": ["tests.api.hosts.manners.ShoutingRenderer"],
        "DEFAULT_PARSER_CLASSES": ["rest_framework.parsers.FormParser"],
        "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.AllowAny"],
        "DEFAULT_CONTENT_NEGOTIATION_CLASS": "tests.api.hosts.manners.NothingIsAcceptable",
        "DEFAULT_METADATA_CLASS": "rest_framework.metadata.SimpleMetadata",
        "DEFAULT_VERSIONING_CLASS": "rest_framework.versioning.QueryParameterVersioning",
        "DEFAULT_VERSION": "9",
        "ALLOWED_VERSIONS": ["9"],
        "VERSION_PARAM": "after",
        "DEFAULT_PAGINATION_CLASS": "rest_framework.pagination.LimitOffsetPagination",
        "PAGE_SIZE": 1,
        "DEFAULT_FILTER_BACKENDS": ["rest_framework.filters.SearchFilter"],
        "DEFAULT_SCHEMA_CLASS": "rest_framework.schemas.openapi.AutoSchema",
        "SEARCH_PARAM": "state",
        "EXCEPTION_HANDLER": "tests.api.hosts.manners.everything_is_fine",
        "URL_FORMAT_OVERRIDE": "fields",
        "FORMAT_SUFFIX_KWARG": "task_uuid",
        "DATETIME_FORMAT": "%d.%m.%Y",
        "DATETIME_INPUT_FORMATS": ["%d.%m.%Y"],
        "UNICODE_JSON": False,
        "COMPACT_JSON": False,
        "STRICT_JSON": False,
        "COERCE_DECIMAL_TO_STRING": False,
        "NON_FIELD_ERRORS_KEY": "oops",
        "UNAUTHENTICATED_USER": None,
    }
    SPECTACULAR_SETTINGS = {
        "TITLE": "Shop",
        "VERSION": "9",
        "OAS_VERSION": "3.0.3",
        "CAMELIZE_NAMES": True,
        "COMPONENT_SPLIT_REQUEST": True,
        "ENUM_ADD_EXPLICIT_BLANK_NULL_CHOICE": False,
        "SCHEMA_PATH_PREFIX_INSERT": "/shop",
        "SERVERS": [{"url": "https://shop.example"}],
        "POSTPROCESSING_HOOKS": ["tests.api.hosts.manners.forget_everything"],
        "PREPROCESSING_HOOKS": ["tests.api.hosts.manners.forget_all_endpoints"],
        "AUTHENTICATION_WHITELIST": [],
        "SECURITY": [{"nobody": []}],
    }
