"""The one place where errors of our own end: recording never breaks the task."""

import functools
import logging
from collections.abc import Callable
from typing import Final, ParamSpec, TypeVar

from progress_updater.recording.passing import PASSING

P = ParamSpec("P")
R = TypeVar("R")
D = TypeVar("D")

logger = logging.getLogger("progress_updater")


class Expected(Exception):
    """An error whose text says it all: it is logged without a traceback, and once whatever was being done."""


def _log(error: BaseException, doing: str) -> None:
    try:
        logger.warning(
            "progress_updater could not %s: %s. The task is not affected; further errors of this kind are "
            "only counted.",
            doing,
            error,
            exc_info=None if isinstance(error, Expected) else error,
        )
    except PASSING:
        raise
    except Exception:
        # A filter or handler of the host that fails must not break the task either; the error is counted.
        return


class Guard:
    """Count the internal errors of this process, and log each kind once.

    Attributes:
        failures: how many errors were caught so far.
        loud: re-raise instead; for the tests of this app.
    """

    def __init__(self) -> None:
        self.failures = 0
        self.loud = False
        self._known: set[tuple[str, str]] = set()

    def report(self, error: BaseException, doing: str) -> None:
        """Take note of an internal error.

        Args:
            error: what was caught.
            doing: what was being done, as the end of the sentence "could not …".

        Raises:
            BaseException: the error itself, when the guard is loud.
        """
        self.failures += 1
        if self.loud:
            raise error
        kind = ("" if isinstance(error, Expected) else doing, type(error).__name__)
        if kind not in self._known:
            self._known.add(kind)
            _log(error, doing)

    def wrap(self, doing: str, default: D) -> Callable[[Callable[P, R]], Callable[P, R | D]]:
        """Decorate a function so that an internal error gives a default instead.

        Args:
            doing: what the function does, as the end of the sentence "could not …".
            default: what is returned after an error.

        Returns:
            The decorator.
        """

        def decorate(function: Callable[P, R]) -> Callable[P, R | D]:
            @functools.wraps(function)
            def guarded(*args: P.args, **kwargs: P.kwargs) -> R | D:
                try:
                    return function(*args, **kwargs)
                except PASSING:
                    raise
                except Exception as error:
                    self.report(error, doing)
                    return default

            return guarded

        return decorate


guard: Final = Guard()
