"""The truth of one run, in memory: numbered changes, the tree of steps, and what is not stored yet."""

from __future__ import annotations

import secrets
from itertools import count
from time import monotonic, time
from typing import TYPE_CHECKING, Final

from progress_updater import states
from progress_updater.recording import registry
from progress_updater.recording.clean import as_json, cut, cut_name, number, printed
from progress_updater.recording.origins import Origins
from progress_updater.recording.lines import NOTIFY, Line, Lines
from progress_updater.recording.passing import state_after
from progress_updater.recording.step import Ending, StepRecord
from progress_updater.recording.tree import Tree
from progress_updater.recording.unsaved import Unsaved

if TYPE_CHECKING:
    from collections.abc import Iterable

    from progress_updater.recording.changes import Identity, LogChange
    from progress_updater.recording.channel import Channel
    from progress_updater.recording.echo import Echo
    from progress_updater.recording.failure import Failure

# A forked child numbers its changes, and its steps, from a random place of their own, so that they
# never meet the parent's; step numbers stay below 2**53, where JavaScript's numbers end.
_BRANCHES: Final = 2**31 - 1
_CHANGES_A_BRANCH: Final = 2**32


class Recorder:
    """Record one run of a task. Any thread may call it; it takes no lock and does no input or output.

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
        run: the random token that identifies the run.
        root: the position between all steps.
        ending: how the run ended, None while it goes on.
        custom_state: a state of the author's own, shown while the run goes on.
        suppressed: the latest failure that a block swallowed; it makes the run a failure.
        leads: whether the run may speak for its task; a forked child may not.
        replaced: whether another execution takes over under the same id.
        echo: prints the classic text as it happens.
    """

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
        self.run = secrets.token_hex(16)
        self.text_limit = text_limit
        self.started = monotonic()
        self._epoch = time() - self.started
        self.ending: Ending | None = None
        self.custom_state: str | None = None
        self.suppressed: Failure | None = None
        self.replaced = False
        self.leads = True
        self.echo: Echo | None = None
        self._channel = channel
        self._max_steps = max_steps
        self._unused = only_if_used
        self._origins = Origins(text_limit)
        self.root = StepRecord(self, None, None, "")
        self.root.began = self.started
        self.root.from_steps = True
        self._number_from(0)
        self.log_n = self.next_number()
        registry.add(self)

    def _number_from(self, branch: int) -> None:
        self.next_number = count(branch * _CHANGES_A_BRANCH + 1).__next__
        self._marked = False
        self._tree = Tree(self, branch, self._max_steps)
        self._lines = Lines(self._channel)
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
            self._marked = True
            self._channel.urgent(self)

    def say(
        self,
        step: StepRecord,
        text: object,
        *,
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
        if type(text) is not str:
            text = printed(text)
        if len(text) > self.text_limit:
            text = cut(text, self.text_limit)
        encoded = None if data is None else as_json(data, self.text_limit)
        self._lines.add(
            Line(self.next_number(), step.number, monotonic(), level, text, encoded, replace, source, public)
        )
        if not self._marked:
            self._mark()
        if self.echo is not None:
            self.echo.said(text)

    def _mark(self) -> None:
        self._marked = True
        self._unused = False
        self._channel.changed(self)

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
        if self.ending is not None and not self.in_celery:
            self._reopen()
        self._origins.forget()
        step = self._tree.begun(parent, cut(printed(name), self.text_limit))
        step.n = step.opened_n = self.next_number()
        step.began = monotonic()
        if total is not None or unit is not None:
            self.set_progress(step, None, total, unit)
        if step.kept and step.number is not None:
            self._tree.open[step.number] = step
        self._show(step)
        if not self._marked:
            self._mark()
        if self.echo is not None:
            self.echo.opened(step)
        return step

    def _show(self, step: StepRecord) -> None:
        if step.kept and step.number is not None:
            self._unsaved.steps[step.number] = step

    def plan(self, parent: StepRecord, names: Iterable[object]) -> None:
        """Announce child steps to come.

        Args:
            parent: the step, or the run, that they will belong to.
            names: their names, in order.
        """
        for name in names:
            step = self._tree.planned(parent, cut(printed(name), self.text_limit))
            step.n = step.opened_n = self.next_number()
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
        if current is not None:
            known = number(current)
            step.current = step.current if known is None else known
        if total is not None:
            step.total = number(total)
        if unit is not None:
            step.unit = cut_name(printed(unit), 32)
        self.count_on(step)

    def count_on(self, step: StepRecord) -> None:
        """Have the writer sample a step's own count from now on."""
        step.from_steps = False
        if not step.counting:
            step.counting = True
            self._unsaved.counting[step.number] = step
            self._channel.ticking(self)

    def set_state(self, custom_state: object) -> None:
        """Show a state of the author's own while the run goes on."""
        self.custom_state = None if custom_state is None else cut_name(printed(custom_state))
        self.log_n = self.next_number()
        if not self._marked:
            self._mark()

    def relabel(self, identity: Identity) -> None:
        """Put a better description in the place of the one that the run began with."""
        if identity != self.identity:
            self.identity = identity
            self.log_n = self.next_number()
            if not self._marked:
                self._mark()

    def close_step(self, step: StepRecord, exception: BaseException | None) -> None:
        """End a step; a step that has ended already stays as it is.

        Args:
            step: the step whose block is left.
            exception: what leaves the block.
        """
        if step.ending is not None or step is self.root:
            return
        state, failure = state_after(exception), None
        if exception is not None and state == states.FAILURE:
            failure = self._origins.describe(exception, step)
        step.ending = Ending(self.next_number(), monotonic(), state, failure)
        if step.kept and step.number is not None:
            self._tree.open.pop(step.number, None)
        self._show(step)
        self._skip_planned(step)
        if failure is not None:
            self.announce()
        elif not self._marked:
            self._mark()
        if self.echo is not None:
            self.echo.closed(step)

    def _skip_planned(self, step: StepRecord) -> None:
        if step.planned:
            for skipped in self._tree.skipped(step):
                self._show(skipped)

    def decide_early(self, step: StepRecord, exception: BaseException | None) -> None:
        """End the abandoned loops of a step: with the exception that leaves its block, or well."""
        while step.early:
            self.close_step(step.early.pop(), exception)

    def suppress(self, exception: BaseException) -> None:
        """Take note of an exception that a block of the author swallowed."""
        self.suppressed = self._origins.describe(exception, self.root, with_traceback=True)
        self._origins.forget()

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
        self.decide_early(self.root, exception)
        for step in reversed(list(self._tree.open.values())):
            self.decide_early(step, exception)
            self.close_step(step, exception)
        self._skip_planned(self.root)
        if exception is not None:
            failure = self._origins.describe(exception, self.root, with_traceback=True)
        elif state == states.SUCCESS and self.suppressed is not None:
            state, failure = states.FAILURE, self.suppressed
        self._origins.forget()
        self.custom_state = None
        self.log_n = self.next_number()
        self.ending = Ending(self.log_n, monotonic(), state, failure)
        registry.remove(self)
        self.announce()
        if self.echo is not None:
            self.echo.finished(self)

    def _reopen(self) -> None:
        self.ending = None
        self.log_n = self.next_number()
        registry.add(self)
        self.announce()

    @property
    def has_open_steps(self) -> bool:
        """Whether any step of the run is open."""
        return bool(self._tree.open)

    @property
    def held(self) -> int:
        """Bytes of memory that lines take which were collected and are not stored."""
        return self._unsaved.held

    def collect(self) -> LogChange | None:
        """Return what is not stored yet; the thread that stores calls it."""
        # Cleared before draining: what comes in meanwhile marks the run again.
        self._marked = False
        if self._unsaved.is_new and self.ending is None and self.leads:
            return self._unsaved.beginning()
        return self._unsaved.collect(self._lines.drain(), monotonic())

    def stored(self, change: LogChange) -> None:
        """Take note that a collected change is stored."""
        if (self._unsaved.stored(change) or self._lines.waiting) and not self._marked:
            self._mark()

    @property
    def is_counting(self) -> bool:
        """Whether an open count has to be sampled at each flush."""
        return bool(self._unsaved.counting) and self.ending is None
