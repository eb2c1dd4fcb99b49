"""The demo site's settings, with hearts that beat fast, so that tests need not wait."""

from project.settings import *  # noqa: F403 - as Django's documentation does it
from project.settings import PROGRESS_UPDATER

PROGRESS_UPDATER = {**PROGRESS_UPDATER, "HEARTBEAT": 0.5, "LOST_AFTER": 3.0}
