"""The recorder: the truth of one run."""

import time
from collections.abc import Callable
from contextlib import ExitStack
from itertools import pairwise

import pytest
from celery.exceptions import SoftTimeLimitExceeded

from progress_updater import states
from progress_updater.handles import PassingStep
from progress_updater.recording import recorder as module
from progress_updater.recording import registry
from progress_updater.recording.changes import Identity
from progress_updater.recording.entries import RUN, Entry
from progress_updater.recording.guard import guard
from progress_updater.recording.lines import GAP
from progress_updater.recording.recorder import Recorder
from progress_updater.writing.direct import DirectWriter
from progress_updater.writing.outbox import StoreLater
from progress_updater.writing.sinks.memory import MemorySink
from tests.stored import Stored
from tests.writing.changes import Channel, a_recorder

NowStored = Callable[..., Stored]
BeginRun = Callable[..., Recorder]


# -- the run


def test_each_run_has_an_identity_of_its_own(begin_run: BeginRun) -> None:
    assert begin_run().run != begin_run().run


def test_a_run_is_shown_as_soon_as_it_begins(run: Recorder, sink: MemorySink) -> None:
    stored = Stored(sink.changes["task"])
    assert (stored.state, stored.identity.task_name) == (states.STARTED, "TEST")


def test_a_run_that_nobody_uses_leaves_no_record(begin_run: BeginRun, now_stored: NowStored) -> None:
    run = begin_run(only_if_used=True)
    assert not run.is_recorded
    run.finish(states.SUCCESS)
    assert now_stored().runs == {}


@pytest.mark.parametrize(
    "use",
    [
        lambda run: run.say(run.root, "text"),
        lambda run: run.open_step(run.root, "step"),
        lambda run: run.plan(run.root, ["step"]),
        lambda run: run.set_state("SLEEPING"),
        lambda run: run.relabel(Identity(task_name="another")),
    ],
    ids=["say", "step", "plan", "state", "label"],
)
def test_a_run_that_is_used_leaves_a_record(
    begin_run: BeginRun, now_stored: NowStored, use: Callable[[Recorder], object]
) -> None:
    run = begin_run(only_if_used=True)
    use(run)
    assert run.is_recorded
    run.finish(states.SUCCESS)
    assert now_stored().state == states.SUCCESS


def test_a_run_may_be_described_better_while_it_goes_on(run: Recorder, now_stored: NowStored) -> None:
    before = now_stored().seq
    run.relabel(Identity(task_name="a better name", owner="42"))
    stored = now_stored()
    assert (stored.identity.task_name, stored.identity.owner) == ("a better name", "42")
    assert stored.seq == before + 1
    run.relabel(Identity(task_name="a better name", owner="42"))
    assert now_stored().seq == before + 1


# -- the numbers of changes


def test_every_change_has_a_number_of_its_own(run: Recorder, now_stored: NowStored) -> None:
    step = run.open_step(run.root, "step")
    run.say(step, "first")
    run.close_step(step, None)
    run.say(run.root, "second")
    stored = now_stored()
    numbers = [line.n for line in stored.last.ordered] + [step.n for step in stored.steps]
    assert len(set(numbers)) == len(numbers)
    assert len(set(stored.last.seqs.values())) == len(stored.last.seqs)


def test_lines_of_one_thread_keep_their_order(run: Recorder, now_stored: NowStored) -> None:
    for number in range(500):
        run.say(run.root, str(number))
        if number % 7 == 0:
            now_stored()
    assert now_stored().lines == [str(number) for number in range(500)]


# -- messages


@pytest.mark.parametrize(
    ("text", "shown"),
    [("text", "text"), (17, "17"), (None, "None"), (["a"], "['a']"), (b"x", "b'x'"), ("", "")],
)
def test_anything_can_be_said(run: Recorder, now_stored: NowStored, text: object, shown: str) -> None:
    run.say(run.root, text)
    assert now_stored().lines == [shown]


def test_a_long_text_is_cut_and_the_cut_is_shown(run: Recorder, now_stored: NowStored) -> None:
    run.say(run.root, "x" * 1_001)
    assert now_stored().lines == ["x" * 1_000 + "… (cut: 1,001 characters)"]


def test_a_line_keeps_what_was_said_with_it(run: Recorder, now_stored: NowStored) -> None:
    step = run.open_step(run.root, "step")
    run.say(step, "text", level="error", replace="name", public=False, data={"a": [1]}, source="logging")
    (line,) = now_stored().last.ordered
    assert (line.step, line.level, line.replace, line.public) == (1, "error", "name", False)
    assert (line.data, line.source) == ('{"a":[1]}', "logging")


def test_no_data_and_data_that_says_nothing_are_different(run: Recorder, now_stored: NowStored) -> None:
    run.say(run.root, "without")
    run.say(run.root, "with", data=[])
    assert [line.data for line in now_stored().last.ordered] == [None, "[]"]


@pytest.mark.parametrize("name", [17, ("a", 1), ["not hashable"]], ids=str)
def test_a_line_may_be_replaced_under_a_name_of_any_type(
    run: Recorder, now_stored: NowStored, name: object
) -> None:
    run.say(run.root, "first", replace=name)  # type: ignore[arg-type]
    run.say(run.root, "second", replace=name)  # type: ignore[arg-type]
    assert now_stored().lines == ["second"]


def test_without_memory_lines_are_counted_in_a_gap(
    run: Recorder, way: DirectWriter, now_stored: NowStored
) -> None:
    run.say(run.root, "first")
    way.free = 0
    for _ in range(5):
        run.say(run.root, "lost")
    stored = now_stored()
    assert stored.lines == ["first", "5 lines are missing here: there was no memory left for them"]
    assert [line.source for line in stored.last.ordered] == ["notify", GAP]


def test_a_line_that_comes_after_the_end_is_kept(run: Recorder, now_stored: NowStored) -> None:
    run.finish(states.SUCCESS)
    run.say(run.root, "late")
    stored = now_stored()
    assert stored.lines == ["late"]
    assert stored.state == states.SUCCESS


# -- steps


def test_steps_nest_without_end_and_the_deep_ones_are_counted(
    begin_run: BeginRun, now_stored: NowStored
) -> None:
    run = begin_run(max_steps=20_000)
    with ExitStack() as stack:
        parent = run.root
        for depth in range(10_000):
            handle = stack.enter_context(
                PassingStep(f"step {depth}", lambda parent=parent: parent, None, None)
            )
            parent = handle._step
        handle.notify("from the depth")
    run.finish(states.SUCCESS)
    stored = now_stored()
    assert len(stored.steps) == 100
    assert stored.unfinished == []
    assert [(gap.step, gap.data) for gap in stored.gaps] == [(100, '{"count":9900}')]
    assert stored.lines_in("step 99")[0] == "from the depth"


def test_an_exception_that_leaves_ten_thousand_steps_fails_each_and_arose_in_the_deepest_kept(
    begin_run: BeginRun, now_stored: NowStored
) -> None:
    run = begin_run(max_steps=20_000)
    with pytest.raises(ValueError, match="deep"), ExitStack() as stack:
        parent = run.root
        for _ in range(10_000):
            parent = stack.enter_context(PassingStep("step", lambda parent=parent: parent, None, None))._step
        raise ValueError("deep")
    run.finish(states.SUCCESS)
    steps = now_stored().steps
    assert {step.state for step in steps} == {states.FAILURE}
    assert {step.failure.step for step in steps if step.failure} == {100}


def test_of_fifty_thousand_sibling_steps_the_limit_is_kept_and_the_rest_counted(
    begin_run: BeginRun, now_stored: NowStored
) -> None:
    run = begin_run(max_steps=10_000)
    for number in range(50_000):
        step = run.open_step(run.root, f"step {number}")
        if number in {0, 49_999}:
            run.say(step, f"said in {number}")
        run.close_step(step, None)
    run.finish(states.SUCCESS)
    stored = now_stored()
    assert len(stored.steps) == 10_000
    assert stored.unfinished == []
    assert [(gap.step, gap.data) for gap in stored.gaps] == [(None, '{"count":40000}')]
    said = {line.text: line.step for line in stored.last.ordered if line.source != GAP}
    assert said == {"said in 0": 1, "said in 49999": None}


@pytest.mark.parametrize(
    ("name", "shown"), [(17, "17"), (None, "None"), ("x" * 1_001, "x" * 1_000 + "… (cut: 1,001 characters)")]
)
def test_a_step_may_have_a_name_of_any_type_and_length(
    run: Recorder, now_stored: NowStored, name: object, shown: str
) -> None:
    run.open_step(run.root, name)
    assert now_stored().steps[0].name == shown


def test_the_count_of_a_step_that_is_not_kept_does_not_disturb_the_one_around_it(
    begin_run: BeginRun, now_stored: NowStored
) -> None:
    run = begin_run(max_steps=1)
    kept = run.open_step(run.root, "kept", 10, "rows")
    unkept = run.open_step(kept, "not kept", 99, "files")
    unkept.current = 50
    now_stored()
    run.close_step(unkept, None)
    kept.current = 4
    row = now_stored().step("kept")
    assert (row.state, row.count.current, row.count.total) == (states.STARTED, 4, 10)


def test_a_step_that_is_not_kept_beside_all_others_does_not_disturb_the_task(
    begin_run: BeginRun, now_stored: NowStored
) -> None:
    run = begin_run(max_steps=0)
    run.set_progress(run.root, 1, 10, "files")
    run.close_step(run.open_step(run.root, "not kept", 99, "rows"), None)
    run.root.current = 2
    task = now_stored().task
    assert task
    assert (task.count.current, task.count.total) == (2, 10)
    assert run.is_counting


def test_an_exception_is_shown_at_once(run: Recorder, sink: MemorySink) -> None:
    step = run.open_step(run.root, "step")
    run.close_step(step, ValueError("no good"))
    failure = Stored(sink.changes["task"]).step("step").failure
    assert failure
    assert failure.text == "no good"


# -- plans


def test_a_plan_makes_the_total_honest_from_the_start(run: Recorder, now_stored: NowStored) -> None:
    run.plan(run.root, ["Read", "Save", "Mail"])
    seen = []
    for name in ("Read", "Save", "Mail"):
        task = now_stored().task
        assert task
        seen.append((task.count.current, task.count.total, task.count.percent))
        run.close_step(run.open_step(run.root, name), None)
    run.finish(states.SUCCESS)
    task = now_stored().task
    assert task
    assert seen == [(0, 3, 0), (1, 3, 33.33), (2, 3, 66.67)]
    assert (task.count.current, task.count.total, task.count.percent) == (3, 3, 100)


def test_a_planned_step_keeps_its_place_when_it_begins(run: Recorder, now_stored: NowStored) -> None:
    run.plan(run.root, ["Read", "Save"])
    run.open_step(run.root, "Save")
    run.open_step(run.root, "Unplanned")
    assert now_stored().outline == [
        ("1 Read", states.PENDING),
        ("2 Save", states.STARTED),
        ("3 Unplanned", states.STARTED),
    ]


def test_a_planned_step_that_never_began_is_skipped_when_its_block_ends(
    run: Recorder, now_stored: NowStored
) -> None:
    block = run.open_step(run.root, "block")
    run.plan(block, ["a", "b"])
    run.close_step(run.open_step(block, "a"), None)
    run.close_step(block, None)
    assert now_stored().outline[1:] == [("1.1 a", states.SUCCESS), ("1.2 b", states.IGNORED)]


def test_a_planned_step_that_never_began_is_skipped_when_the_task_ends(
    run: Recorder, now_stored: NowStored
) -> None:
    run.plan(run.root, ["a", "b"])
    run.finish(states.SUCCESS)
    run.finish(states.SUCCESS)
    assert now_stored().outline == [("1 a", states.IGNORED), ("2 b", states.IGNORED)]


def test_a_plan_without_steps_promises_nothing(run: Recorder, now_stored: NowStored) -> None:
    run.plan(run.root, [])
    task = now_stored().task
    assert task
    assert (task.count.total, task.count.percent) == (None, None)


def test_a_step_that_has_ended_has_nothing_to_come(run: Recorder, now_stored: NowStored) -> None:
    step = run.open_step(run.root, "step")
    run.close_step(step, None)
    run.plan(step, ["never"])
    assert now_stored().outline == [("1 step", states.SUCCESS)]


def test_what_a_step_counts_itself_comes_before_its_plan(run: Recorder, now_stored: NowStored) -> None:
    step = run.open_step(run.root, "step", 10, "rows")
    run.plan(step, ["a"])
    count = now_stored().step("step").count
    assert (count.total, count.unit) == (10, "rows")


# -- progress


def test_without_a_declared_total_there_is_no_percentage(run: Recorder, now_stored: NowStored) -> None:
    run.close_step(run.open_step(run.root, "a"), None)
    task = now_stored().task
    assert task
    assert (task.count.current, task.count.total, task.count.percent) == (1, None, None)


def test_what_is_not_given_stays_as_it_is(run: Recorder) -> None:
    step = run.open_step(run.root, "step")
    run.set_progress(step, 3, 10, "rows")
    run.set_progress(step, 4, None, None)
    assert step.reading() == (4, 10, "rows")


@pytest.mark.parametrize("wrong", ["many", float("nan"), float("inf"), 10**400, object()])
def test_what_is_no_number_stays_as_it_was(run: Recorder, wrong: object) -> None:
    step = run.open_step(run.root, "step", 10)
    run.set_progress(step, 3, None, None)
    run.set_progress(step, wrong, wrong, None)
    assert step.reading() == (3, 10, None)


def test_a_unit_of_any_type_and_length_fits_its_column(run: Recorder) -> None:
    run.set_progress(run.root, 1, 2, 17)
    assert run.root.unit == "17"
    run.set_progress(run.root, 1, 2, "x" * 40)
    assert run.root.unit == "x" * 31 + "…"


def test_a_task_that_counts_itself_counts_from_zero(run: Recorder, now_stored: NowStored) -> None:
    for _ in range(3):
        run.close_step(run.open_step(run.root, "step"), None)
    now_stored()
    run.count_on(run.root)
    run.root.current += 1
    task = now_stored().task
    assert task
    assert (task.count.current, task.count.unit) == (1, None)


def test_a_loop_counts_on_after_what_its_step_has_counted(run: Recorder) -> None:
    step = run.open_step(run.root, "step")
    run.count_loop(step, None, "rows", 0, 10)
    step.current += 10
    run.count_loop(step, None, None, 0, 5)
    assert step.reading() == (10, 15, "rows")


def test_a_declared_total_is_not_changed_by_a_loop_that_fits_in(run: Recorder) -> None:
    step = run.open_step(run.root, "step", 200)
    run.count_loop(step, None, None, 0, 50)
    assert step.total == 200
    run.count_loop(step, 60, None, 0, 50)
    assert step.total == 60


def test_a_loop_of_unknown_length_has_no_total(run: Recorder) -> None:
    step = run.open_step(run.root, "step")
    run.count_loop(step, None, None, 0, None)
    assert step.total is None


def test_what_a_loop_skips_is_done_already(run: Recorder) -> None:
    step = run.open_step(run.root, "step")
    run.count_loop(step, None, None, 900, 100)
    assert (step.current, step.total, step.skipped) == (900, 1_000, 900)
    run.count_loop(step, None, None, "some", 100)
    assert (step.current, step.skipped) == (900, 900)


# -- the end


def test_a_run_ends_once(run: Recorder, now_stored: NowStored) -> None:
    run.finish(states.SUCCESS)
    run.finish(states.FAILURE, ValueError())
    assert now_stored().state == states.SUCCESS


def test_the_end_closes_what_is_still_open_from_the_inside_outwards(
    run: Recorder, now_stored: NowStored
) -> None:
    outer = run.open_step(run.root, "outer")
    inner = run.open_step(outer, "inner")
    loop = run.open_step(inner, "abandoned loop")
    inner.early += (loop,)
    error = ValueError()
    run.finish(states.FAILURE, error)
    stored = now_stored()
    assert [state for _, state in stored.outline] == [states.FAILURE] * 3
    assert [step.failure.step for step in stored.steps if step.failure] == [3, 3, 3]
    assert stored.last.attempt.failure
    assert stored.last.attempt.failure.step == 3
    assert not run.has_open_steps


def test_a_swallowed_exception_makes_a_good_end_a_failure(run: Recorder, now_stored: NowStored) -> None:
    step = run.open_step(run.root, "step")
    error = ValueError("swallowed")
    run.close_step(step, error)
    run.suppress(error)
    run.finish(states.SUCCESS)
    stored = now_stored()
    failure = stored.last.attempt.failure
    assert stored.state == states.FAILURE
    assert failure
    assert (failure.text, failure.step) == ("swallowed", 1)
    assert failure.traceback


def test_a_swallowed_exception_does_not_change_another_end(run: Recorder, now_stored: NowStored) -> None:
    run.suppress(ValueError("swallowed"))
    run.finish(states.REVOKED)
    stored = now_stored()
    assert (stored.state, stored.last.attempt.failure) == (states.REVOKED, None)


def test_a_custom_state_is_shown_until_the_end(run: Recorder, now_stored: NowStored) -> None:
    run.set_state("GOING_TO_SLEEP")
    assert now_stored().task.custom_state == "GOING_TO_SLEEP"  # type: ignore[union-attr]
    run.set_state(17)
    assert now_stored().task.custom_state == "17"  # type: ignore[union-attr]
    run.set_state(None)
    assert now_stored().task.custom_state is None  # type: ignore[union-attr]
    run.set_state("x" * 300)
    assert len(now_stored().task.custom_state) == 255  # type: ignore[arg-type, union-attr]
    run.finish(states.SUCCESS)
    assert now_stored().task.custom_state is None  # type: ignore[union-attr]


def test_a_later_step_opens_a_record_again_that_was_ended_outside_celery(
    run: Recorder, now_stored: NowStored, way: DirectWriter
) -> None:
    run.set_progress(run.root, 1, 10, None)
    run.finish(states.SUCCESS)
    assert run not in registry.live()
    way.flush(0)
    step = run.open_step(run.root, "later")
    assert now_stored().state == states.STARTED
    assert run in registry.live()
    assert not way.is_empty
    run.close_step(step, None)
    run.finish(states.SUCCESS)
    stored = now_stored()
    assert stored.state == states.SUCCESS
    assert len(stored.runs) == 1


def test_a_step_after_the_end_of_a_celery_task_does_not_open_its_record_again(
    begin_run: BeginRun, now_stored: NowStored
) -> None:
    run = begin_run(in_celery=True)
    run.finish(states.SUCCESS)
    run.close_step(run.open_step(run.root, "in a thread that outlives the task"), None)
    stored = now_stored()
    assert stored.state == states.SUCCESS
    assert [state for _, state in stored.outline] == [states.SUCCESS]


# -- errors of our own


@pytest.fixture
def quiet_guard(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(guard, "loud", False)


def _fails_once(monkeypatch: pytest.MonkeyPatch, owner: object, name: str) -> None:
    """Have the next call of a method raise, as where no memory is left."""
    works = getattr(owner, name)

    def failing(*args: object, **options: object) -> object:
        monkeypatch.setattr(owner, name, works)
        raise MemoryError

    monkeypatch.setattr(owner, name, failing)


class _Contrary(dict):  # type: ignore[type-arg]
    """What cannot be looked through."""

    def items(self) -> None:  # type: ignore[override]
        raise ValueError("no")


def test_a_line_that_could_not_be_recorded_leaves_a_counted_gap_in_its_place(
    run: Recorder, now_stored: NowStored
) -> None:
    run.say(run.root, "before")
    for _ in range(2):
        with pytest.raises(ValueError, match="no"):
            run.say(run.root, "lost", data=_Contrary({object(): 1}))
    run.say(run.root, "after")
    stored = now_stored()
    assert stored.lines == ["before", "2 lines are missing here: they could not be recorded", "after"]
    assert [gap.data for gap in stored.gaps] == ['{"count":2}']


def test_a_line_for_which_memory_failed_leaves_a_counted_gap(
    run: Recorder, now_stored: NowStored, monkeypatch: pytest.MonkeyPatch
) -> None:
    _fails_once(monkeypatch, run._lines, "take")
    now_stored()
    with pytest.raises(MemoryError):
        run.say(run.root, "lost")
    assert now_stored().lines == ["1 line is missing here: there was no memory left for them"]


def test_a_step_that_could_not_be_closed_ends_no_other_and_not_the_run(
    run: Recorder, now_stored: NowStored, monkeypatch: pytest.MonkeyPatch, quiet_guard: None
) -> None:
    run.open_step(run.open_step(run.root, "around"), "inside")
    _fails_once(monkeypatch, Recorder, "_show")
    run.finish(states.SUCCESS)
    stored = now_stored()
    assert stored.state == states.SUCCESS
    assert stored.step("around").state == states.SUCCESS


def test_a_run_whose_exception_cannot_be_described_has_failed_all_the_same(
    run: Recorder, now_stored: NowStored, monkeypatch: pytest.MonkeyPatch, quiet_guard: None
) -> None:
    _fails_once(monkeypatch, module, "describe_leaving")
    run.finish(states.FAILURE, ValueError("no"))
    assert (now_stored().state, now_stored().last.attempt.failure) == (states.FAILURE, None)


# -- clocks


def test_a_clock_that_is_set_back_does_not_reach_the_record(
    run: Recorder, now_stored: NowStored, monkeypatch: pytest.MonkeyPatch
) -> None:
    step = run.open_step(run.root, "step")
    run.say(step, "before")
    monkeypatch.setattr(time, "time", lambda: 0.0)
    monkeypatch.setattr(module, "time", lambda: 0.0)
    run.say(step, "after")
    run.close_step(step, None)
    run.finish(states.SUCCESS)
    stored = now_stored()
    row, attempt = stored.step("step"), stored.last.attempt
    moments = [attempt.start, row.start, *[line.at for line in stored.last.ordered], row.end, attempt.end]
    assert None not in moments
    assert all(earlier <= later for earlier, later in pairwise(moments))  # type: ignore[operator]


# -- a channel that fails


class _Interrupted(DirectWriter):
    """A way on which a signal interrupts the first call."""

    def __init__(self, sink: MemorySink) -> None:
        super().__init__(sink)
        self.interrupt = True

    def changed(self, source: object) -> None:
        self._is_interrupted()
        super().changed(source)  # type: ignore[arg-type]

    def urgent(self, source: object) -> None:
        self._is_interrupted()
        super().urgent(source)  # type: ignore[arg-type]

    def _is_interrupted(self) -> None:
        if self.interrupt:
            self.interrupt = False
            raise SoftTimeLimitExceeded


def test_a_signal_while_the_writer_is_told_does_not_keep_later_changes_from_it(
    begin_run: BeginRun, sink: MemorySink
) -> None:
    way = _Interrupted(sink)
    run = a_recorder("task", channel=way)
    with pytest.raises(SoftTimeLimitExceeded):
        run.say(run.root, "first")
    run.say(run.root, "second")
    run.finish(states.SUCCESS)
    assert Stored(sink.changes["task"]).lines == ["first", "second"]


def test_a_signal_while_a_start_is_announced_does_not_keep_later_changes_from_the_writer(
    sink: MemorySink,
) -> None:
    way = _Interrupted(sink)
    run = a_recorder("task", channel=way)
    with pytest.raises(SoftTimeLimitExceeded):
        run.announce()
    run.say(run.root, "first")
    way.flush(0)
    way.flush(0)
    assert Stored(sink.changes["task"]).lines == ["first"]


def test_a_signal_while_a_run_is_introduced_does_not_keep_later_changes_from_the_writer(
    way: DirectWriter, sink: MemorySink
) -> None:
    def interrupted(_: Entry) -> None:
        way.keep = None
        raise SoftTimeLimitExceeded

    way.keep = interrupted
    run = a_recorder("task", channel=way)
    with pytest.raises(SoftTimeLimitExceeded):
        run.say(run.root, "first")
    run.say(run.root, "second")
    way.flush(0)
    way.flush(0)
    assert Stored(sink.changes["task"]).lines == ["first", "second"]


class _Away(MemorySink):
    """A sink that cannot store for a while."""

    away = True

    def store(self, changes: list) -> None:  # type: ignore[type-arg]
        if self.away:
            raise StoreLater("the database is away")
        super().store(changes)


def test_while_the_sink_is_away_everything_waits_in_order(
    begin_run: BeginRun, monkeypatch: pytest.MonkeyPatch
) -> None:
    from progress_updater.recording.guard import guard

    monkeypatch.setattr(guard, "loud", False)
    sink = _Away()
    way = DirectWriter(sink)
    run = begin_run(channel=way)
    for number in range(10):
        step = run.open_step(run.root, f"step {number}")
        run.say(step, f"line {number}")
        run.close_step(step, ValueError() if number % 2 else None)
        assert not way.flush(0)
    sink.away = False
    run.finish(states.SUCCESS)
    way.flush(0)
    stored = Stored(sink.changes["task"])
    assert stored.lines == [f"line {number}" for number in range(10)]
    assert [state for _, state in stored.outline] == [states.SUCCESS, states.FAILURE] * 5
    assert stored.state == states.SUCCESS


@pytest.mark.parametrize("again", ["a step", "a line"])
def test_a_run_that_goes_on_after_its_end_is_introduced_to_the_journal_again(again: str) -> None:
    kept: list[Entry] = []
    channel = Channel()
    channel.keep = kept.append  # type: ignore[assignment]
    recorder = a_recorder(channel=channel)
    recorder.announce()
    recorder.finish(states.SUCCESS)
    recorder.collect()
    recorder.collect()
    kept.clear()
    if again == "a step":
        recorder.open_step(recorder.root, "again")
    else:
        recorder.say(recorder.root, "again")
    assert [entry[0] for entry in kept].count(RUN) >= 1
    assert kept[0][0] == RUN


def test_a_percentage_that_was_shown_stays_when_nothing_is_counted_any_more(
    run: Recorder, now_stored: NowStored
) -> None:
    run.plan(run.root, ["Read", "Save"])
    run.close_step(run.open_step(run.root, "Read"), None)
    stored = now_stored().task
    assert stored is not None
    assert stored.count.percent == 50
    run.set_progress(run.root, None, None, None)
    stored = now_stored().task
    assert stored is not None
    assert stored.count.percent == 50
