"""When a flush is due: once an interval, sooner for what is waited for, later while the database is away."""

from collections import deque
from time import monotonic
from typing import Final

PROMPT: Final = 0.04  # seconds after which a start, an end or a sent task is stored at the latest
IN_BURST: Final = 0.05  # seconds between two flushes of a burst, each of which costs a statement
EARLY_A_SECOND: Final = 2  # flushes a second that runs may cause before the interval is over
LONGEST_PAUSE: Final = 5.0  # seconds between two tries while the database is away


class Pace:
    """Say when the next flush is due.

    Args:
        interval: seconds between two flushes.

    Attributes:
        is_urgent: whether a run's start, end or exception is to be stored sooner, a few times a second.
        is_prompt: whether something is to be stored within PROMPT seconds, however often.
    """

    def __init__(self, interval: float) -> None:
        self.is_urgent = False
        self.is_prompt = False
        self._interval = interval
        self._flushed = -interval
        self._early: deque[float] = deque(maxlen=EARLY_A_SECOND)
        self._pause = 0.0

    def due(self, *, at_once: bool, in_burst: bool) -> float:
        """Return when the next flush is due.

        Args:
            at_once: whether it need not wait for the interval.
            in_burst: whether the latest flush had so much to store that more of the kind will come.

        Returns:
            A moment of the monotonic clock, in seconds; it may have passed.
        """
        if self._pause:
            return self._flushed + self._pause
        if at_once:
            return self._flushed
        if self.is_prompt or (self.is_urgent and self._may_be_early()):
            return self._flushed + (IN_BURST if in_burst else PROMPT)
        return self._flushed + self._interval

    def _may_be_early(self) -> bool:
        return len(self._early) < EARLY_A_SECOND or self._early[0] < monotonic() - 1.0

    def begin(self) -> None:
        """Take note that a flush begins."""
        now = monotonic()
        if now < self._flushed + self._interval and not self.is_prompt:
            self._early.append(now)
        self._flushed = now
        self.is_urgent = self.is_prompt = False

    def succeed(self) -> None:
        """Take note that it has stored everything."""
        self._pause = 0.0

    def fail(self) -> None:
        """Take note that it has failed: the next pause is twice as long."""
        # Counted from the failure, for it may have taken long to come.
        self._flushed = monotonic()
        self._pause = min(max(2 * self._pause, self._interval), LONGEST_PAUSE)
