"""What the bakery's developers change to get the app: a line in INSTALLED_APPS."""

from bakery.settings import *  # noqa: F403
from bakery.settings import INSTALLED_APPS

INSTALLED_APPS = [*INSTALLED_APPS, "rest_framework", "progress_updater"]
ROOT_URLCONF = "adopted_urls"
