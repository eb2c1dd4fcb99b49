"""What the writer's thread looks after besides writing."""

from typing import Protocol


class Duty(Protocol):
    """Something to be done again and again while runs go on."""

    @property
    def has_tasks(self) -> bool:
        """Whether tasks go on here of which somebody has to hear when this process ends."""

    def pause(self) -> float | None:
        """Return the seconds until it is to be attended to; None while nobody has to be woken for it."""

    def attend(self) -> None:
        """Do it, in the thread that stores, between two flushes; it reports its own errors."""

    def hurry(self) -> bool:
        """Make due at once, because the process ends, what is not to be left; False where that is nothing."""
