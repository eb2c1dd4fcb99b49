"""A count that goes from zero to a total: what a step, or a task, has done so far."""

from collections import deque
from typing import Final

WINDOW: Final = 30.0  # seconds over which the rate is measured


class Count:
    """Count units done; the writer samples it, so that counting costs the author one addition.

    Attributes:
        current: units done.
        total: units to do, None where nobody knows.
        unit: what is counted.
        skipped: units that were there from the start; they are no speed.
        percent: current of total; it never falls. None without a total.
        rate: units a second over the last WINDOW seconds, None where unknown.
        from_steps: whether steps are what is counted; they have no rate.
    """

    __slots__ = (
        "_sampled",
        "_samples",
        "current",
        "from_steps",
        "percent",
        "rate",
        "skipped",
        "total",
        "unit",
    )

    def __init__(self, total: float | None = None, unit: str | None = None) -> None:
        self.current: float = 0
        self.total = total
        self.unit = unit
        self.skipped: float = 0
        self.percent: float | None = None
        self.rate: float | None = None
        self.from_steps = False
        self._sampled: tuple[float, float | None, str | None] = (0, None, None)
        self._samples: deque[tuple[float, float]] = deque()

    def sample(self, now: float, *, began: float) -> bool:
        """Take what was counted so far, and work out percent and rate from it.

        Args:
            now: the monotonic clock, in seconds.
            began: the same clock when the counting began.

        Returns:
            True if anything is new since the last sample.
        """
        seen = (self.current, self.total, self.unit)
        if seen == self._sampled:
            return False
        self._sampled = seen
        if not self.from_steps:
            self._measure(now, began)
        if self.total is not None:
            reached = min(100.0, 100.0 * self.current / self.total) if self.total > 0 else 100.0
            self.percent = round(max(self.percent or 0.0, reached), 2)
        return True

    def _measure(self, now: float, began: float) -> None:
        samples = self._samples
        if not samples:
            samples.append((began, self.skipped))
        while len(samples) > 1 and samples[0][0] < now - WINDOW:
            samples.popleft()
        then, count = samples[0]
        samples.append((now, self.current))
        elapsed, done = now - then, self.current - count
        self.rate = done / elapsed if elapsed > 0 and done > 0 else None
