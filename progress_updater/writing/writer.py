"""The thread that brings the changes of a process to the sink."""

from collections import deque
from time import monotonic
from typing import Final

from progress_updater.recording.channel import Source
from progress_updater.recording.guard import guard
from progress_updater.writing.native import Bell, start_thread
from progress_updater.writing.outbox import Outbox, Sink

PROMPT: Final = 0.04  # seconds after which a start, an end or a sent task is stored at the latest
EARLY_A_SECOND: Final = 2  # flushes a second that runs may cause before the interval is over
LONGEST_PAUSE: Final = 5.0  # seconds between two tries while the database is away
IDLE: Final = 30.0  # seconds after which a quiet process closes its connection
LONGEST_HOLD: Final = 1.0  # seconds that a fork waits for a flush to end


class Writer(Outbox):
    """Store what has changed, at most once an interval; a quiet process does nothing.

    No method that the author's threads call takes a lock: a signal may interrupt them at any line.

    Args:
        sink: where the changes go.
        interval: seconds between two flushes.
    """

    def __init__(self, sink: Sink, interval: float) -> None:
        self._interval = interval
        super().__init__(sink)

    def _empty(self) -> None:
        super()._empty()
        self._bell = Bell()
        self._waiting: deque[Bell] = deque()
        self._not_started: deque[bool] = deque([True])
        self._idle = False
        self._urgent = False
        self._prompt = False
        self._flushed = -self._interval
        self._early: deque[float] = deque(maxlen=EARLY_A_SECOND)
        self._pause = 0.0
        self._turn = Bell()
        self._turn.ring()
        self._held = False

    def changed(self, source: Source) -> None:
        """Take note that a source has something for the next flush."""
        self.add(source)
        if self._idle:
            self._bell.ring()
        elif self._not_started:
            self._start()

    def ticking(self, source: Source) -> None:
        """Sample a source at each flush until it counts no more."""
        self.add_counting(source)
        self._wake()

    def urgent(self, source: Source) -> None:
        """Store a run's start, end or exception sooner, a few times a second."""
        self.add(source)
        if self._idle or not self._urgent:
            self._urgent = True
            self._wake()

    def prompt(self, source: Source) -> None:
        """Store a source within PROMPT seconds, however many there are."""
        self.add(source)
        if self._idle or not self._prompt:
            self._prompt = True
            self._wake()

    def flush(self, seconds: float) -> bool:
        """Wait until all that was recorded so far is stored.

        Args:
            seconds: how long at the most.

        Returns:
            False when the time ran out; the rest is stored later.
        """
        if self.is_empty and self._not_started:
            return True
        stored = Bell()
        self._waiting.append(stored)
        self._wake()
        if self._not_started:
            return self._flush_here()
        return stored.wait_politely(seconds)

    def hold_still(self) -> None:
        """Wait for a flush to end, so that no fork copies a connection in the midst of a transaction."""
        self._held = self._turn.wait(LONGEST_HOLD)
        if self._held:
            self.sink.prepare_fork()

    def go_on(self) -> None:
        """Store again, after a fork."""
        if self._held:
            self._held = False
            self._turn.ring()

    def _wake(self) -> None:
        if self._not_started:
            self._start()
        self._bell.ring()

    def _start(self) -> None:
        try:
            self._not_started.pop()
        except IndexError:
            return
        try:
            start_thread(self._run)
        except RuntimeError:
            # The interpreter is shutting down and starts no threads: flush() stores in the caller's.
            self._not_started.append(True)

    def _flush_here(self) -> bool:
        try:
            self._flush()
        except Exception as error:
            guard.report(error, "store the last changes of this process")
            return False
        return True

    def _run(self) -> None:
        while True:
            try:
                self._wait_until_due()
                self._flush()
            except BaseException as error:
                self._pause = min(max(2 * self._pause, self._interval), LONGEST_PAUSE)
                self._report(error)

    def _report(self, error: BaseException) -> None:
        try:
            guard.report(error, "store progress; it is kept and stored later")
        except BaseException:
            # A loud guard raises, in tests; the thread has to live on.
            return

    def _wait_until_due(self) -> None:
        while True:
            self._idle = True
            if self.is_empty and not self._waiting:
                self._rest()
            self._idle = False
            remaining = self._due() - monotonic()
            if remaining <= 0 and not (self.is_empty and not self._waiting):
                return
            if remaining > 0:
                self._bell.wait(remaining)

    def _rest(self) -> None:
        if not self._bell.wait(IDLE):
            self.sink.rest()
            self._bell.wait()

    def _due(self) -> float:
        if self._pause:
            return self._flushed + self._pause
        if self._waiting:
            return self._flushed
        if self._prompt or (self._urgent and self._may_be_early()):
            return self._flushed + PROMPT
        return self._flushed + self._interval

    def _may_be_early(self) -> bool:
        return len(self._early) < EARLY_A_SECOND or self._early[0] < monotonic() - 1.0

    def _flush(self) -> None:
        now = monotonic()
        if now < self._flushed + self._interval and not self._prompt:
            self._early.append(now)
        self._flushed = now
        self._urgent = self._prompt = False
        waiting = [self._waiting.popleft() for _ in range(len(self._waiting))]
        self._turn.wait()
        try:
            has_more = self.store()
            if waiting and has_more:
                self.store()
        except BaseException:
            self._waiting.extend(waiting)
            raise
        finally:
            self._turn.ring()
        self._pause = 0.0
        for stored in waiting:
            stored.ring()
