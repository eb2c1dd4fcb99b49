"""The demo site's settings, with what tasks log among their messages."""

from project.settings import *  # noqa: F403 - as Django's documentation does it
from project.settings import PROGRESS_UPDATER

PROGRESS_UPDATER = {**PROGRESS_UPDATER, "CAPTURE_LOGGING": "INFO"}
