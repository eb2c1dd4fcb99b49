"""A count that goes from zero to a total: what a step, or a task, has done so far."""

from collections import deque
from math import inf
from typing import Final

from progress_updater.recording.clean import number

Reading = tuple[float, float | None, str | None]
"""Units done, units to do, and what they are."""

NOT_COUNTED: Final[Reading] = (0, None, None)
NEARLY: Final = 99.99  # per cent: the most that is shown before the end
WINDOW: Final = 30.0  # seconds over which the rate is measured


class Count:
    """Count units done; the writer samples it, so that counting costs the author one addition.

    Attributes:
        current: units done.
        total: units to do, None where nobody knows.
        unit: what is counted.
        skipped: units of the current ones that were there before; they are no speed.
        sampled: current, total and unit as they were sampled last.
        percent: current of total; it never falls. None without a total.
        rate: units a second over the last WINDOW seconds, None where unknown.
        from_steps: whether child steps are what is counted; they have no rate.
    """

    # What is told once in the class costs nothing in each instance: steps are made all the time.
    current: float = 0
    total: float | None = None
    unit: str | None = None
    skipped: float = 0
    sampled: Reading = NOT_COUNTED
    percent: float | None = None
    rate: float | None = None
    from_steps = False
    _samples: deque[tuple[float, float]] | None = None

    def add(self, units: object) -> None:
        """Count units; what is no number, or too large to be added, is left out.

        Args:
            units: how many more.
        """
        try:
            self.current += units if type(units) is int else number(units) or 0
        except OverflowError:
            return

    def keep_finite(self) -> None:
        """Go back to what was sampled last where whole numbers, or a sum, grew beyond what a float holds."""
        if number(self.current) is None:
            self.current = self.sampled[0]

    def reading(self) -> Reading:
        """Read the count as it is now."""
        self.keep_finite()
        return self.current, self.total, self.unit

    def sample(self, now: float, *, began: float, reading: Reading | None = None) -> bool:
        """Take what was counted so far, and work out percent and rate from it.

        Args:
            now: the monotonic clock, in seconds.
            began: the same clock when the counting began.
            reading: what is counted instead of its own.

        Returns:
            True if anything is new since the last sample.
        """
        seen = reading or self.reading()
        current, total, _ = seen
        if seen == self.sampled:
            return False
        self.sampled = seen
        if not self.from_steps:
            self._measure(now, began, current - self.skipped)
        if total is not None:
            self.percent = max(self.percent or 0.0, _percent(current, total))
        return True

    def _measure(self, now: float, began: float, worked: float) -> None:
        samples = self._samples
        if samples is None:
            samples = self._samples = deque([(began, 0)])
        while len(samples) > 1 and samples[0][0] < now - WINDOW:
            samples.popleft()
        then, before = samples[0]
        samples.append((now, worked))
        elapsed = now - then
        rate = (worked - before) / elapsed if elapsed > 0 else 0.0
        self.rate = rate if 0 < rate < inf else None


def _percent(current: float, total: float) -> float:
    if total <= 0 or current >= total:
        return 100.0
    return min(round(100.0 * current / total, 2), NEARLY)
