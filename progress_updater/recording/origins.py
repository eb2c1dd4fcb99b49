"""Where an exception arose: the innermost step that it left; the steps around it were only passed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from progress_updater.recording.failure import Failure, describe

if TYPE_CHECKING:
    from progress_updater.recording.step import StepRecord


class Origins:
    """Remember exceptions while they travel outwards, and not longer: they keep frames alive.

    Args:
        limit: characters kept of an exception's text.
    """

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._travelling: list[tuple[BaseException, int | None]] = []

    def forget(self) -> None:
        """Let go of all exceptions: what comes next has nothing to do with them."""
        if self._travelling:
            self._travelling.clear()

    def describe(
        self, exception: BaseException, step: StepRecord, *, with_traceback: bool = False
    ) -> Failure:
        """Describe an exception that leaves a step.

        Args:
            exception: what leaves it.
            step: the step, or the run's root.
            with_traceback: format the traceback also where the exception only passes.

        Returns:
            What is stored of it.
        """
        origin = next((number for known, number in self._travelling if known is exception), step.number)
        arose_here = origin == step.number
        if arose_here:
            self._travelling.append((exception, step.number))
        return describe(
            exception,
            step=origin,
            limit=self._limit,
            with_traceback=arose_here or with_traceback,
            where=step.place_in_loop() if arose_here else None,
        )
