"""The exceptions that the app raises; an error's text tells the way out."""


class ProgressUpdaterError(Exception):
    """The base of all errors of this app."""


class TaskCancelled(ProgressUpdaterError):
    """The task was asked to stop. Let it pass: no block suppresses it."""
