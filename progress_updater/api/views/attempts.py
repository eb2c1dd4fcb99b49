"""The parameter "attempt" of several addresses."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.utils.translation import gettext as _

from progress_updater import snapshot
from progress_updater.api.errors import ParameterError
from progress_updater.models import TaskLog


@contextmanager
def naming_the_attempt(log: TaskLog) -> Iterator[None]:
    """Answer an attempt that is not there with the numbers of those that are.

    Args:
        log: the task's log.

    Raises:
        ParameterError: in place of an UnknownAttempt of the block.
    """
    try:
        yield
    except snapshot.UnknownAttempt:
        detail = _("This task has no such attempt; it has %(count)d so far, numbered from 1.")
        raise ParameterError("attempt", detail % {"count": log.attempts}) from None
