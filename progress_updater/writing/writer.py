"""The thread that brings the changes of a process to the sink."""

from collections import deque
from collections.abc import Callable, Sequence
from threading import main_thread
from time import monotonic
from typing import Final

from progress_updater.recording.channel import Source
from progress_updater.recording.guard import guard
from progress_updater.recording.passing import PASSING
from progress_updater.writing.duty import Duty
from progress_updater.writing.journal.journal import Journal, Mark
from progress_updater.writing.journal.queue import Queue
from progress_updater.writing.native import Bell, start_thread
from progress_updater.writing.outbox import Collected, Outbox, Sink, StoreLater
from progress_updater.writing.overflow import Overflow
from progress_updater.writing.pace import Pace
from progress_updater.writing.turn import Turn

MANY: Final = 10  # changes in one flush that show a burst, as a group that is sent
IDLE: Final = 30.0  # seconds after which a quiet process closes its connection


class Writer(Outbox):
    """Store what has changed, at most once an interval; a quiet process does nothing.

    No method that the author's threads call takes a lock: a signal may interrupt them at any line.

    Args:
        sink: where the changes go.
        interval: seconds between two flushes.
        duties: what its thread looks after besides.
        journal: where everything is written before it is stored.
        at_first: what its thread does before it stores anything.

    Attributes:
        flushes: how often this process has stored.
        flushing: seconds that it took, all together.
        overflow: what memory had no room for while nothing could be stored.
    """

    def __init__(
        self,
        sink: Sink,
        interval: float,
        duties: Sequence[Duty] = (),
        journal: Journal | None = None,
        at_first: Callable[[], object] | None = None,
    ) -> None:
        self._interval = interval
        self._duties = duties
        self._journal = journal
        self._at_first = at_first
        self._stored_later: Mark | None = None
        self._queue = None if journal is None else Queue(journal, self)
        self.overflow = Overflow() if journal is None else Overflow(journal.folder, journal.limit)
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
        self.flushes = 0
        self.flushing = 0.0
        self._pace = Pace(self._interval)
        self._turn = Turn(self.sink.prepare_fork)

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
        if self._idle or not self._pace.is_urgent:
            self._pace.is_urgent = True
            self._wake()

    def prompt(self, source: Source) -> None:
        """Store a source within PROMPT seconds, in a burst within IN_BURST, however many there are."""
        self.add(source)
        if self._idle or not self._pace.is_prompt:
            self._pace.is_prompt = True
            self._wake()

    def begin_anew(self) -> None:
        """Forget everything, in a forked child: the parent stores what was recorded before."""
        if self._journal is not None and self._queue is not None:
            self._journal.begin_anew()
            self._queue.begin_anew()
        self._stored_later = None
        self.overflow.begin_anew()
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
            return self._flush_here(stored, seconds)
        return stored.wait_politely(seconds)

    def close(self, seconds: float) -> None:
        """Finish what is left, and remove the journal unless something in it is still to be told.

        Of a task that goes on nobody here tells the end: whoever finds the journal does.

        Args:
            seconds: how long to wait for it at the most.
        """
        if self.is_empty and self._hurry():
            self.flush(seconds)
        if self._journal is not None and self.is_empty and not self._has_tasks:
            self._journal.close(lambda: self.is_empty)

    def _hurry(self) -> bool:
        hurried = [duty.hurry() for duty in self._duties]
        return any(hurried)

    @property
    def _has_tasks(self) -> bool:
        return any(duty.has_tasks for duty in self._duties)

    def hold_still(self) -> None:
        """Wait for a flush to end, so that no fork copies a connection in the midst of a transaction."""
        self._turn.hold_still()

    def go_on(self) -> None:
        """Store again, after a fork."""
        self._turn.go_on()

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
        return self.overflow.is_used or (self._queue is not None and self._queue.is_used)

    def _flush_here(self, stored: Bell, seconds: float) -> bool:
        """Store in the caller's thread. A call of the database that hangs nobody here can interrupt."""
        end = monotonic() + seconds
        try:
            self._flush(seconds)
            while stored in self._waiting and (remaining := end - monotonic()) > 0:
                self._flush(remaining)
        except PASSING:
            raise
        except Exception as error:
            guard.report(error, "store the last changes of this process")
            return False
        return stored.wait(end - monotonic())

    def _run(self) -> None:
        try:
            self._not_running.pop()
        except IndexError:
            return
        try:
            if self._at_first is not None:
                with self._turn:
                    self._at_first()
        except BaseException as error:
            self._report(error)
        while True:
            try:
                self._wait_until_due()
                self._flush()
            except BaseException as error:
                self._pace.fail()
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
                # A process that ends has made it due.
                self._attend()
            self._idle = False
            remaining = self._due() - monotonic()
            if remaining <= 0 and not (self.is_empty and not self._waiting):
                return
            if remaining > 0:
                self._bell.wait(remaining)

    def _due(self) -> float:
        at_once = bool(self._waiting) or self._is_behind
        return self._pace.due(at_once=at_once, in_burst=self.last_stored >= MANY)

    def _attend(self) -> None:
        for duty in self._duties:
            if duty.pause() == 0:
                with self._turn:
                    duty.attend()

    def _rest(self) -> None:
        pauses = [pause for duty in self._duties if (pause := duty.pause()) is not None]
        if pauses:
            self._bell.wait(min(pauses))
        elif not self._bell.wait(IDLE):
            with self._turn:
                self.sink.rest()
            self._bell.wait()

    def _flush(self, seconds: float | None = None) -> None:
        if not self._turn.take(seconds):
            return
        began = monotonic()
        try:
            self._flush_in_turn()
        finally:
            self._turn.give_back()
            self.flushes += 1
            self.flushing += monotonic() - began

    def _flush_in_turn(self) -> None:
        self._pace.begin()
        waiting = [self._waiting.popleft() for _ in range(len(self._waiting))]
        try:
            if self._store_marked() and waiting:
                self._store_marked()
            is_behind = self._is_behind
        except BaseException:
            self._waiting.extend(waiting)
            raise
        self._pace.succeed()
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
        if self.overflow.is_used:
            return False
        # Of a run that had only begun the rest is stored by the next flush.
        self._journal.forget(self._stored_later if has_more else mark)
        self._stored_later = mark if has_more else None
        return has_more

    def _bring(self, collected: list[Collected]) -> None:
        """Store what could not wait in memory before all that is newer."""
        try:
            if self.overflow.store(self.sink):
                super()._bring(collected)
                return
        except StoreLater:
            self._forget(self.overflow.relieve(collected))
            raise
        self._forget(self.overflow.relieve(collected))
