"""What the writer's thread looks after besides writing."""

from typing import Protocol


class Duty(Protocol):
    """Something to be done again and again while runs go on."""

    def pause(self) -> float | None:
        """Return the seconds until it is to be attended to; None while there is nothing to do."""

    def attend(self) -> None:
        """Do it, in the thread that stores, between two flushes; it reports its own errors."""
