"""The exceptions that the app raises; an error's text tells the way out."""

from celery.exceptions import Ignore


class ProgressUpdaterError(Exception):
    """The base of all errors of this app."""


class TaskCancelled(ProgressUpdaterError, Ignore):  # type: ignore[misc]
    """The task was asked to stop. Let it pass: no block suppresses it, and Celery does not retry it."""

    def __init__(self, text: str = "The task was asked to stop.") -> None:
        super().__init__(text)
