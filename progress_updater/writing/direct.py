"""Storing without a thread: in memory, or on the caller's own connection."""

from progress_updater.recording.channel import Source
from progress_updater.recording.guard import guard
from progress_updater.recording.passing import PASSING
from progress_updater.recording.silence import silently
from progress_updater.writing.outbox import Outbox, Sink


class DirectWriter(Outbox):
    """Store in the caller's thread when a run starts and ends, and when somebody asks.

    Args:
        sink: where the changes go.
    """

    def __init__(self, sink: Sink) -> None:
        super().__init__(sink)
        self._storing = False

    def changed(self, source: Source) -> None:
        """Take note that a source has something to store."""
        self.add(source)

    def ticking(self, source: Source) -> None:
        """Sample a source each time until it counts no more."""
        self.add_counting(source)

    def urgent(self, source: Source) -> None:
        """Store now."""
        self.add(source)
        self.flush(0)

    def prompt(self, source: Source) -> None:
        """Store now."""
        self.urgent(source)

    def flush(self, seconds: float) -> bool:
        """Store all that was recorded so far.

        Args:
            seconds: not used; nobody is waited for.

        Returns:
            False when it could not be stored now.
        """
        if self._storing:
            return False
        self._storing = True
        try:
            silently(self.store)
        except PASSING:
            raise
        except Exception as error:
            guard.report(error, "store progress in the caller's thread; it is kept and stored later")
            return False
        finally:
            self._storing = False
        return True
