"""The truth of one run, in memory: numbered changes, the tree of steps, and what is not stored yet."""

from __future__ import annotations

import secrets
from itertools import count
from threading import get_ident
from time import monotonic, time
from typing import TYPE_CHECKING, Final

from progress_updater import states
from progress_updater.recording import registry
from progress_updater.recording.clean import as_json, cut, cut_name, number, printed
from progress_updater.recording.entries import LINE, end_entry, run_entry, step_entry
from progress_updater.recording.guard import guard
from progress_updater.recording.lines import LINE_COST, NO_MEMORY, NOT_RECORDED, NOTIFY, Lines
from progress_updater.recording.origins import describe_leaving
from progress_updater.recording.passing import PASSING, state_after
from progress_updater.recording.step import Ending, StepRecord, new_ending
from progress_updater.recording.tokens import run_token
from progress_updater.recording.tree import Tree
from progress_updater.recording.unsaved import Unsaved

if TYPE_CHECKING:
    from collections.abc import Callable, Container, Iterable

    from progress_updater.recording.changes import Identity, LogChange
    from progress_updater.recording.channel import Channel
    from progress_updater.recording.echo import Echo
    from progress_updater.recording.entries import Entry
    from progress_updater.recording.failure import Failure

# A forked child numbers its changes, and its steps, from a random place of their own, so that they
# never meet the parent's; step numbers stay below 2**53, where JavaScript's numbers end.
_BRANCHES: Final = 2**31 - 1
_CHANGES_A_BRANCH: Final = 2**32

_next_key: Final = count(1).__next__


class Recorder:
    """Record one run of a task. Any thread may call it; it takes no lock, and waits for no database.

    Its only output is what its channel keeps in the journal, by a write into a mapped file, and what an echo
    prints.

    Args:
        task_uuid: the task's id, as it is stored.
        identity: what is known of the call.
        channel: the way to the writer.
        text_limit: characters kept of a text.
        max_steps: steps kept.
        in_celery: whether Celery decides how the run ends.
        retries: how often the task was retried before.
        redelivered: whether the broker delivered the message again.
        worker: the name of the worker.
        only_if_used: leave no record of a run in which nothing was recorded.

    Attributes:
        records: whether anything is kept; False for the null object.
        run: the random token that identifies the run.
        key: identifies it within this process.
        numbers: gives each change its number.
        root: the position between all steps.
        ending: how the run ended, None while it goes on.
        custom_state: a state of the author's own, shown while the run goes on.
        suppressed: the latest failure that a block swallowed; it makes the run a failure.
        cancel_requested: whether somebody wants it to stop; the writer sets it.
        leads: whether the run may speak for its task; a forked child may not.
        replaced: whether another execution takes over under the same id.
        result: what the task returned, as JSON; None where nobody has told it.
        result_kept: whether it stands there as it is, neither cut nor replaced by its text.
        echo: prints the classic text as it happens.
        thread: the thread that began the run, as sys._current_frames() knows it.
    """

    # Python 3.11 looks up more than 30 attributes by their hashes; slots have fixed places.
    __slots__ = (
        "__weakref__",
        "_channel",
        "_epoch",
        "_introduced",
        "_lines",
        "_marked",
        "_max_steps",
        "_tree",
        "_unsaved",
        "_unused",
        "cancel_requested",
        "custom_state",
        "echo",
        "ending",
        "identity",
        "in_celery",
        "key",
        "leads",
        "numbers",
        "redelivered",
        "replaced",
        "result",
        "result_kept",
        "retries",
        "root",
        "run",
        "started",
        "suppressed",
        "task_uuid",
        "text_limit",
        "thread",
        "worker",
    )

    records = True

    def __init__(
        self,
        *,
        task_uuid: str,
        identity: Identity,
        channel: Channel,
        text_limit: int,
        max_steps: int,
        in_celery: bool = False,
        retries: int = 0,
        redelivered: bool = False,
        worker: str | None = None,
        only_if_used: bool = False,
    ) -> None:
        self.task_uuid = task_uuid
        self.identity = identity
        self.in_celery = in_celery
        self.retries = retries
        self.redelivered = redelivered
        self.worker = worker
        self.run = run_token()
        self.key = _next_key()
        self.text_limit = text_limit
        self.thread = get_ident()
        self.started = monotonic()
        self._epoch = time() - self.started
        self.ending: Ending | None = None
        self.custom_state: str | None = None
        self.suppressed: Failure | None = None
        self.cancel_requested = False
        self.replaced = False
        self.result: str | None = None
        self.result_kept: bool | None = None
        self.leads = True
        self.echo: Echo | None = None
        self._channel = channel
        self._max_steps = max_steps
        self._unused = only_if_used
        self.root = StepRecord(self, None, None, "")
        self.root.began = self.started
        self.root.from_steps = True
        self._number_from(0)
        registry.add(self)

    def _number_from(self, branch: int) -> None:
        self.numbers = count(branch * _CHANGES_A_BRANCH + 1)
        self._marked = self._introduced = False
        self._tree = Tree(self, branch, self._max_steps)
        self._lines = Lines(self._channel, self)
        self._unsaved = Unsaved(self, self._tree.crowded)

    def branch(self) -> None:
        """Begin a branch of the run in a forked child: the parent keeps what was recorded before."""
        self._number_from(secrets.randbelow(_BRANCHES) + 1)
        self.leads = False

    def time_of(self, moment: float) -> float:
        """Convert a moment of the monotonic clock to seconds since the epoch.

        The system's clock is read once a run, so that its jumps do not reach the record.
        """
        return self._epoch + moment

    def announce(self) -> None:
        """Have the latest change shown soon: a start, an end, an exception."""
        if not self._unused:
            if not self._introduced:
                self.introduce()
            self._ring(self._channel.urgent)

    def introduce(self) -> None:
        """Tell the journal which run it is."""
        if not self._unused and (keep := self._channel.keep) is not None:
            if self.leads and self._unsaved.is_new:
                # As with lines, the journal comes last: what it has before a flush is stored by that flush.
                self._channel.add(self)
            keep(run_entry(self))
            self._introduced = True

    def say(
        self,
        step: StepRecord,
        text: object,
        level: str = "info",
        replace: str | None = None,
        public: bool = True,
        data: object = None,
        source: str = NOTIFY,
    ) -> None:
        """Record a line.

        Args:
            step: the step in which it is said.
            text: what is said; anything that can be printed.
            level: a level of logging, in lower case.
            replace: the name under which a later line replaces it.
            public: whether the task's owner may read it.
            data: what is kept with it as JSON.
            source: who says it: "notify", "logging".
        """
        try:
            if type(text) is not str:
                text = printed(text)
            if len(text) > self.text_limit:
                text = cut(text, self.text_limit)
            number, channel = next(self.numbers), self._channel
            if replace is None and data is None and channel.free > 0 and not channel.queueing:
                # As Lines.add() does it; this is where recording spends most of its time.
                entry: Entry = (
                    LINE,
                    self.key,
                    number,
                    step.number,
                    monotonic(),
                    level,
                    text,
                    None,
                    None,
                    source,
                    public,
                )
                cost = LINE_COST + text.__sizeof__()
                channel.free -= cost
                self._lines.take(entry)
                in_memory = True
            else:
                name = None if replace is None else printed(replace)
                encoded = None if data is None else as_json(data, self.text_limit)
                entry = (
                    LINE, self.key, number, step.number, monotonic(), level, text, encoded, name, source,
                    public,
                )  # fmt: skip
                in_memory = self._lines.add(entry)
        except PASSING:
            raise
        except Exception as error:
            self._lose(step, error)
            raise
        # The journal comes last: what is in it before a flush begins is stored by that flush.
        if not self._marked:
            self._mark()
        if in_memory and (keep := channel.keep) is not None:
            keep(entry)
        # What is logged, the project's own handlers print.
        if self.echo is not None and source == NOTIFY:
            self.echo.said(text)

    def _lose(self, step: StepRecord, error: Exception) -> None:
        why = NO_MEMORY if isinstance(error, MemoryError) else NOT_RECORDED
        self._lines.lose(next(self.numbers), step.number, why)
        if not self._marked:
            self._mark()

    def _mark(self) -> None:
        self._unused = False
        if not self._introduced or self.ending is not None:
            self.introduce()
        self._ring(self._channel.changed)

    def _ring(self, tell: Callable[[Recorder], None]) -> None:
        # Only now: whoever finds the run marked relies on its introduction, and two that say it do no harm.
        self._marked = True
        try:
            tell(self)
        except BaseException:
            # A signal may raise at any line: the next change has to ring again.
            self._marked = False
            raise

    def open_step(
        self, parent: StepRecord, name: object, total: object = None, unit: object = None
    ) -> StepRecord:
        """Begin a step, or the planned one of that name.

        Args:
            parent: the step around it.
            name: anything that can be printed.
            total: units to do, None where nobody knows.
            unit: what is counted.

        Returns:
            The open step.
        """
        step = self.add_step(parent, name)
        self.open(step, total, unit)
        return step

    def add_step(self, parent: StepRecord, name: object) -> StepRecord:
        """Return a step that nobody sees until it is opened.

        Args:
            parent: the step around it.
            name: anything that can be printed.
        """
        if type(name) is not str or len(name) > self.text_limit:
            name = cut(printed(name), self.text_limit)
        return self._tree.begun(parent, name) if parent.planned else self._tree.added(parent, name)

    def open(self, step: StepRecord, total: object = None, unit: object = None) -> None:
        """Begin a step that was added.

        Args:
            step: the step.
            total: units to do, None where nobody knows.
            unit: what is counted.
        """
        if self.ending is not None and not self.in_celery:
            self._reopen()
        step.n = step.opened_n = next(self.numbers)
        step.began = monotonic()
        self._tree.opened(step)
        if total is not None or unit is not None:
            self.set_progress(step, None, total, unit)
        self._show(step)
        if self.echo is not None:
            self.echo.opened(step)

    def _show(self, step: StepRecord) -> None:
        if step.tree is self._tree:
            self._unsaved.steps[step.number] = step
            # As with lines, the journal comes last.
            if not self._marked:
                self._mark()
            if (keep := self._channel.keep) is not None:
                keep(step_entry(self, step))
        elif not self._marked:
            self._mark()

    def plan(self, parent: StepRecord, names: Iterable[object]) -> None:
        """Announce child steps to come.

        Args:
            parent: the step, or the run, that they will belong to.
            names: their names, in order.
        """
        names = list(names)
        if not names or parent.ending is not None:
            return
        for name in names:
            step = self._tree.planned(parent, cut(printed(name), self.text_limit))
            step.n = step.opened_n = next(self.numbers)
            self._show(step)
        if not parent.counting:
            self.count_on(parent)
            parent.from_steps = True
        if not self._marked:
            self._mark()

    def set_progress(self, step: StepRecord, current: object, total: object, unit: object) -> None:
        """Set a count; what is None stays as it is, what is no number is left out.

        Args:
            step: the step that counts, or the run's root.
            current: units done.
            total: units to do.
            unit: what is counted.
        """
        if current is not None and (done := number(current)) is not None:
            step.current = done
        if total is not None and (whole := number(total)) is not None:
            step.total = whole
        if unit is not None:
            step.unit = cut_name(printed(unit), 32)
        self.count_on(step)

    def count_on(self, step: StepRecord) -> None:
        """Have the writer sample a step's own count from now on."""
        step.from_steps = False
        if not step.counting:
            step.counting = True
            if step is self.root or step.tree is self._tree:
                self._unsaved.counting[step.number] = step
                self._channel.ticking(self)

    def count_loop(
        self, step: StepRecord, total: object, unit: object, skipped: object, length: int | None
    ) -> None:
        """Begin to count the items of a loop on a step, after what it has counted so far.

        Args:
            step: the loop's own step, or the one around it.
            total: units to do on the step in all, None to add the loop's items.
            unit: what the items are.
            skipped: items that were done before; they count, but not as speed.
            length: how many items come, None where nobody knows.
        """
        before = number(skipped) or 0
        step.skipped += before
        step.add(before)
        if total is None and length is not None:
            total = max(step.total or 0, step.current + length)
        self.set_progress(step, None, total, unit)

    def set_state(self, custom_state: object) -> None:
        """Show a state of the author's own while the run goes on."""
        self.custom_state = None if custom_state is None else cut_name(printed(custom_state))
        if not self._marked:
            self._mark()

    def relabel(self, identity: Identity) -> None:
        """Put a better description in the place of the one that the run began with."""
        if identity != self.identity:
            self.identity = identity
            if not self._marked:
                self._mark()
            # As with lines, the journal comes last.
            self.introduce()

    def close_step(self, step: StepRecord, exception: BaseException | None) -> None:
        """End a step; one that has ended already, or never began, stays as it is.

        Args:
            step: the step whose block is left.
            exception: what leaves the block.
        """
        if step.ending is not None:
            self._show_end_again(step)
            return
        if step.began is None or step is self.root:
            return
        state, failure = states.SUCCESS, None
        if exception is not None:
            state = state_after(exception)
            if state == states.FAILURE:
                failure = describe_leaving(exception, step, limit=self.text_limit)
        if step.planned:
            self._skip(self._tree.skipped(step))
        step.ending = new_ending((next(self.numbers), monotonic(), state, failure))
        self._show(step)
        # It stays open until all is shown: where a signal interrupts this, the block around does it again.
        self._tree.closed(step)
        if failure is not None:
            self.announce()
        if self.echo is not None:
            self.echo.closed(step)

    def _show_end_again(self, step: StepRecord) -> None:
        if self._tree.has_open(step):
            self._show(step)
            self._tree.closed(step)
            self.announce()

    def _skip(self, planned: list[StepRecord]) -> None:
        for step in planned:
            step.ending = Ending(next(self.numbers), 0.0, states.IGNORED, None)
            self._show(step)
            self._tree.closed(step)
            if self.echo is not None:
                self.echo.skipped()

    def decide_early(self, step: StepRecord, exception: BaseException | None) -> None:
        """End the abandoned loops of a step: with the exception that leaves its block, or well."""
        while step.early:
            last, step.early = step.early[-1], step.early[:-1]
            self.close_step(last, exception)

    def suppress(self, exception: BaseException) -> None:
        """Take note of an exception that a block of the author swallowed."""
        self.suppressed = self._describe(exception)

    @guard.wrap("describe an exception", None)
    def _describe(self, exception: BaseException) -> Failure:
        return describe_leaving(exception, self.root, limit=self.text_limit, with_traceback=True)

    def finish(
        self, state: str, exception: BaseException | None = None, failure: Failure | None = None
    ) -> None:
        """End the run, with all that is still open in it.

        Args:
            state: how it ended; a success with a suppressed failure is a failure.
            exception: what ended it.
            failure: the same, where somebody described it already.
        """
        if self.ending is not None:
            return
        self._close_all(exception)
        if not self.leads:
            self.announce()
            return
        if exception is not None:
            failure = self._describe(exception)
        elif state == states.SUCCESS and self.suppressed is not None:
            state, failure = states.FAILURE, self.suppressed
        self.ending = Ending(next(self.numbers), monotonic(), state, failure)
        try:
            self.announce()
            self._keep_end()
        finally:
            registry.remove(self)
        if self.echo is not None:
            self.echo.finished(self)

    def _close_all(self, exception: BaseException | None) -> None:
        self.decide_early(self.root, exception)
        for step in reversed(self._tree.open_steps()):
            self._close_last(step, exception)
        self.root.planned = None
        self._skip(self._tree.planned_steps())

    @guard.wrap("close a step", None)
    def _close_last(self, step: StepRecord, exception: BaseException | None) -> None:
        self.decide_early(step, exception)
        self.close_step(step, exception)

    def _keep_end(self) -> None:
        if not self._unused and (keep := self._channel.keep) is not None:
            keep(end_entry(self))

    def _reopen(self) -> None:
        self.ending = None
        registry.add(self)
        # The journal may have begun new files meanwhile, in which only the runs that go on are named.
        self.introduce()
        self.announce()
        self._keep_end()
        if self._unsaved.counting:
            self._channel.ticking(self)

    def resume(self) -> None:
        """Tell again what is open, because others took this process for dead; the writer calls it."""
        self._unsaved.was_lost()
        for step in self._tree.open_steps():
            if step.number is not None and step.tree is self._tree:
                self._unsaved.steps[step.number] = step
        self._mark()

    @property
    def innermost(self) -> StepRecord | None:
        """The open step that was entered last, None between steps."""
        return next(reversed(self._tree.open_steps()), None)

    @property
    def is_recorded(self) -> bool:
        """Whether the run leaves a record."""
        return not self._unused

    @property
    def has_open_steps(self) -> bool:
        """Whether any step of the run is open."""
        return any(not step.is_over for step in self._tree.open_steps())

    @property
    def held(self) -> int:
        """Bytes of memory that lines take which were collected and are not stored."""
        return self._unsaved.held

    def take_back(self, entries: list[Entry]) -> None:
        """Take up lines that were only in the journal; the thread that stores calls it."""
        self._lines.take_back(entries)

    def wait_in(self, waiting: Container[int]) -> None:
        """Take note of where the run's key is while lines of it are only in the journal."""
        self._lines.waiting_in = waiting

    def collect(self) -> LogChange | None:
        """Return what is not stored yet; the thread that stores calls it."""
        # Cleared before draining: what comes in meanwhile marks the run again.
        self._marked = False
        if self._unsaved.is_new and self.ending is None and self.leads:
            return self._unsaved.beginning()
        return self._unsaved.collect(self._lines, monotonic())

    def stored(self, change: LogChange) -> None:
        """Take note that a collected change is stored."""
        if (self._unsaved.stored(change) or self._lines.waiting) and not self._marked:
            self._mark()

    @property
    def is_counting(self) -> bool:
        """Whether an open count has to be sampled at each flush."""
        return bool(self._unsaved.counting) and self.ending is None
