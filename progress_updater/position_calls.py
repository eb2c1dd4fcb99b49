"""The calls on a position, that of an updater or of a block: say, count, plan, track."""

from collections.abc import AsyncIterable, AsyncIterator, Iterable, Iterator
from typing import Any, TypeVar, overload

from progress_updater.recording.guard import guard
from progress_updater.recording.step import StepRecord
from progress_updater.tracking import tracked

T = TypeVar("T")


class PositionCalls:
    """Call the recorder at a position that is asked for at each call.

    To an updater "this step" is the one that is current in its task, and the task itself between steps.
    """

    def _position(self) -> StepRecord:
        """Give the step that the calls are about, or the task itself between steps."""
        raise NotImplementedError

    @guard.wrap("record a message", None)
    def notify(
        self,
        text: object,
        *,
        level: str = "info",
        replace: str | None = None,
        public: bool = True,
        data: object = None,
    ) -> None:
        """Say something in this step.

        Args:
            text: what is said; anything that can be printed.
            level: a level of logging: "debug", "info", "warning", "error", "critical".
            replace: a name; a later message of the same name takes the place of this one.
            public: whether the owner of the task may read it.
            data: kept with it as JSON.
        """
        here = self._position()
        here.recorder.say(here, text, level, replace, public, data)

    @guard.wrap("count on a step", None)
    def advance(self, units: float = 1) -> None:
        """Count units that are done.

        Args:
            units: how many more.
        """
        here = self._position()
        here.recorder.count_on(here)
        here.add(units)

    @guard.wrap("set the progress of a step", None)
    def set_progress(self, current: object = None, total: object = None, unit: object = None) -> None:
        """Set how far this step is; what is left out stays as it is.

        Args:
            current: units done.
            total: units to do.
            unit: what is counted.
        """
        here = self._position()
        here.recorder.set_progress(here, current, total, unit)

    @guard.wrap("plan steps", None)
    def plan(self, *names: object) -> None:
        """Announce steps to come inside this one, so that its total is honest from the start.

        Args:
            names: their names, in order.
        """
        here = self._position()
        here.recorder.plan(here, names)

    @overload
    def track(
        self,
        iterable: AsyncIterable[T],
        name: object = ...,
        *,
        total: object = ...,
        unit: object = ...,
        skipped: object = ...,
    ) -> AsyncIterator[T]: ...
    @overload
    def track(
        self,
        iterable: Iterable[T],
        name: object = ...,
        *,
        total: object = ...,
        unit: object = ...,
        skipped: object = ...,
    ) -> Iterator[T]: ...
    def track(
        self,
        iterable: Any,
        name: object = None,
        *,
        total: object = None,
        unit: object = None,
        skipped: object = 0,
    ) -> Any:
        """Count the items of a loop that are done.

        Args:
            iterable: what is looped over, async iterables too.
            name: opens a step inside this one; without a name this step counts.
            total: items to come in all; by default the iterable is asked for its length.
            unit: what the items are.
            skipped: items that were done before; they count, but not as speed.

        Returns:
            An iterator of the same items.
        """
        return tracked(iterable, name, total, unit, skipped, self._position)
