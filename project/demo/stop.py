"""Ctrl-C and its relatives: remembered when they come, acted upon where it is safe."""

import signal
from types import FrameType, TracebackType
from typing import Any, Self

ASK_TO_STOP = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class StopAsked(Exception):
    """A signal asked the demo to stop."""

    def __init__(self, number: int) -> None:
        super().__init__(number)
        self.signal = number


class StopSignals:
    """Within its block, a signal that asks to stop is only noted."""

    def __init__(self) -> None:
        self._received: int | None = None
        self._handlers_before: dict[int, Any] = {}

    def __enter__(self) -> Self:
        self._handlers_before = {number: signal.signal(number, self._note) for number in ASK_TO_STOP}
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for number, handler in self._handlers_before.items():
            signal.signal(number, handler)

    def check(self) -> None:
        """Act upon a signal that came.

        Raises:
            StopAsked: one came.
        """
        if self._received is not None:
            raise StopAsked(self._received)

    def _note(self, number: int, frame: FrameType | None) -> None:
        del frame
        self._received = number
