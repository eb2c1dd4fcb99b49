"""The thread that brings the changes of a process to the sink."""

from collections import deque
from collections.abc import Callable
from threading import main_thread
from time import monotonic
from typing import Final

from progress_updater.recording.channel import Source
from progress_updater.recording.guard import guard
from progress_updater.writing.duty import Duty
from progress_updater.writing.journal.journal import Journal, Mark
from progress_updater.writing.journal.queue import Queue
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
        duty: what its thread looks after besides.
        journal: where everything is written before it is stored.
        at_first: what its thread does before it stores anything.
    """

    def __init__(
        self,
        sink: Sink,
        interval: float,
        duty: Duty | None = None,
        journal: Journal | None = None,
        at_first: Callable[[], object] | None = None,
    ) -> None:
        self._interval = interval
        self._duty = duty
        self._journal = journal
        self._at_first = at_first
        self._stored_later: Mark | None = None
        self._queue = None if journal is None else Queue(journal, self)
        if journal is not None and self._queue is not None:
            self.keep, self.queue = journal.keep, self._queue.put
        super().__init__(sink)

    def _empty(self) -> None:
        super()._empty()
        self._bell = Bell()
        self._waiting: deque[Bell] = deque()
        self._not_started: deque[bool] = deque([True])
        self._not_running: deque[bool] = deque([True])
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

    def begin_anew(self) -> None:
        """Forget everything, in a forked child: the parent stores what was recorded before."""
        if self._journal is not None and self._queue is not None:
            self._journal.begin_anew()
            self._queue.begin_anew()
        self._stored_later = None
        super().begin_anew()

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

    def close(self) -> None:
        """Remove the journal of a process that ends, unless something in it is still to be told.

        Of a task that goes on nobody here tells the end: whoever finds the journal does.
        """
        if self._journal is not None and self.is_empty and not self._has_tasks:
            self._journal.close()

    @property
    def _has_tasks(self) -> bool:
        return self._duty is not None and self._duty.pause() is not None

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
            start_thread(self._run)
        except IndexError:
            return
        except RuntimeError as error:
            # flush() stores in the caller's thread, as it does while the interpreter is shutting down.
            self._not_started.append(True)
            if main_thread().is_alive():
                guard.report(error, "start the thread that stores progress; it is kept and stored later")
        except BaseException:
            # A signal may raise before the thread is started, or after: a second one ends at once.
            self._not_started.append(True)
            raise

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to store, nor to sample."""
        return not self._is_behind and super().is_empty

    @property
    def _is_behind(self) -> bool:
        return self._queue is not None and self._queue.is_used

    def _flush_here(self) -> bool:
        try:
            while self._waiting:
                self._flush()
        except Exception as error:
            guard.report(error, "store the last changes of this process")
            return False
        return True

    def _run(self) -> None:
        try:
            self._not_running.pop()
        except IndexError:
            return
        try:
            if self._at_first is not None:
                self._at_first()
        except BaseException as error:
            self._report(error)
        while True:
            try:
                self._wait_until_due()
                self._flush()
            except BaseException as error:
                # Counted from the failure, for it may have taken long to come.
                self._flushed = monotonic()
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
            self._attend()
            self._idle = True
            if self.is_empty and not self._waiting:
                self._rest()
            self._idle = False
            remaining = self._due() - monotonic()
            if remaining <= 0 and not (self.is_empty and not self._waiting):
                return
            if remaining > 0:
                self._bell.wait(remaining)

    def _attend(self) -> None:
        if self._duty is None or self._duty.pause() != 0:
            return
        self._turn.wait()
        try:
            self._duty.attend()
        finally:
            self._turn.ring()

    def _rest(self) -> None:
        pause = None if self._duty is None else self._duty.pause()
        if pause is not None:
            self._bell.wait(pause)
        elif not self._bell.wait(IDLE):
            self.sink.rest()
            self._bell.wait()

    def _due(self) -> float:
        if self._pause:
            return self._flushed + self._pause
        if self._waiting or self._is_behind:
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
            if self._store_marked() and waiting:
                self._store_marked()
            is_behind = self._is_behind
        except BaseException:
            self._waiting.extend(waiting)
            raise
        finally:
            self._turn.ring()
        self._pause = 0.0
        if is_behind:
            self._waiting.extend(waiting)
            return
        for stored in waiting:
            stored.ring()

    def _store_marked(self) -> bool:
        if self._journal is None or self._queue is None:
            return self.store()
        mark = self._journal.mark()
        if self._queue.is_used:
            mark = self._queue.read()
        has_more = self.store()
        # Of a run that had only begun the rest is stored by the next flush.
        self._journal.forget(self._stored_later if has_more else mark)
        self._stored_later = mark if has_more else None
        return has_more
