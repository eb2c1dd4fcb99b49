"""When the writer stores, and when it does not."""

import time
from collections.abc import Callable, Iterator
from pathlib import Path
from threading import Event, Thread

import pytest
from celery.exceptions import SoftTimeLimitExceeded

from progress_updater import states
from progress_updater.recording.changes import Identity
from progress_updater.recording.guard import guard
from progress_updater.writing import pace as pace_module
from progress_updater.writing import turn as turn_module
from progress_updater.writing import writer as writer_module
from progress_updater.writing.journal.journal import Journal
from progress_updater.writing.journal.segments import SIZE
from progress_updater.writing.native import start_thread
from progress_updater.writing.outbox import MEMORY, StoreLater
from progress_updater.writing.pace import EARLY_A_SECOND, PROMPT
from progress_updater.writing.sources import publication
from progress_updater.writing.writer import Writer
from tests.waiting import wait_until
from tests.writing.changes import a_recorder
from tests.writing.counting import CountingSink, no_thread

INTERVAL = 0.25
LONG = 3_600.0


@pytest.fixture
def sink() -> Iterator[CountingSink]:
    made = CountingSink()
    yield made
    made.may_go_on.set()


@pytest.fixture
def writer(sink: CountingSink) -> Writer:
    return Writer(sink, INTERVAL)


@pytest.fixture
def patient(sink: CountingSink) -> Writer:
    """A writer that would take an hour for what nobody waits for."""
    return Writer(sink, LONG)


def _stored(sink: CountingSink, calls: int = 1) -> None:
    wait_until(lambda: len(sink.stored) >= calls, 60, f"{calls} calls of the sink")


# ---------------------------------------------------------------- when


def test_the_first_change_after_a_quiet_moment_is_stored_at_once(patient: Writer, sink: CountingSink) -> None:
    a_recorder(channel=patient).announce()
    _stored(sink)  # long before an hour is over


def test_what_is_only_said_waits_for_the_interval(patient: Writer, sink: CountingSink) -> None:
    recorder = a_recorder(channel=patient)
    recorder.announce()
    _stored(sink)
    recorder.say(recorder.root, "one")
    assert not _is_called_again(sink, 4 * PROMPT)


def _is_called_again(sink: CountingSink, seconds: float) -> bool:
    before, deadline = len(sink.at), time.monotonic() + seconds
    while len(sink.at) == before and time.monotonic() < deadline:
        time.sleep(0.005)
    return len(sink.at) > before


def test_starts_ends_and_exceptions_are_stored_early_but_only_a_few_times_a_second(
    patient: Writer, sink: CountingSink
) -> None:
    recorder = a_recorder(channel=patient)
    recorder.announce()
    deadline = time.monotonic() + 0.7
    while time.monotonic() < deadline:
        recorder.close_step(recorder.open_step(recorder.root, "x"), ValueError("no"))
    _stored(sink, 2)
    assert sum(at < sink.at[0] + 1.0 for at in sink.at) <= 1 + EARLY_A_SECOND


def test_what_is_sent_is_stored_promptly_and_together(patient: Writer, sink: CountingSink) -> None:
    patient.prompt(publication("first", Identity(task_name="TEST")))
    _stored(sink)
    began = time.monotonic()
    for number in range(200):
        patient.prompt(publication(f"t{number}", Identity(task_name="TEST")))
    took = time.monotonic() - began
    wait_until(lambda: sum(map(len, sink.stored)) == 201, 60, "all that was sent")
    assert len(sink.stored) <= 3 + took / PROMPT


def test_a_running_task_causes_few_flushes_whatever_it_does(writer: Writer, sink: CountingSink) -> None:
    recorder = a_recorder(channel=writer)
    recorder.announce()
    began = time.monotonic()
    while time.monotonic() - began < 1.6 or len(sink.at) < 4:
        step = recorder.open_step(recorder.root, "x", total=3)
        recorder.say(step, "said")
        recorder.say(step, "said", replace="x")
        step.current += 1
        recorder.set_state("BUSY")
        recorder.close_step(step, ValueError("no"))
    flushes, took = len(sink.at), time.monotonic() - began
    assert flushes <= took * (1 / INTERVAL + EARLY_A_SECOND) + EARLY_A_SECOND + 1


def test_nothing_is_stored_while_nothing_changes(writer: Writer, sink: CountingSink) -> None:
    recorder = a_recorder(channel=writer)
    recorder.announce()
    step = recorder.open_step(recorder.root, "x", total=10)
    step.current = 4
    assert writer.flush(60)
    assert sink.stored[-1][0].run.steps[0].count.current == 4
    assert not _is_called_again(sink, 3 * INTERVAL)
    step.current = 5
    _stored(sink, len(sink.stored) + 1)
    assert sink.stored[-1][0].run.steps[0].count.current == 5


def test_a_quiet_process_gives_its_connection_back_and_takes_it_again(
    writer: Writer, sink: CountingSink, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(writer_module, "IDLE", 0.05)
    recorder = a_recorder(channel=writer)
    for rests in (1, 2):
        recorder.say(recorder.root, "one")
        wait_until(lambda: sink.rests == rests, 60, "the sink rests")  # noqa: B023
    assert sink.texts == ["one", "one"]


@pytest.fixture
def started(monkeypatch: pytest.MonkeyPatch) -> list[Callable[[], None]]:
    """What the threads run that writers have started; those of earlier tests may end at any moment."""
    runs: list[Callable[[], None]] = []

    def start(run: Callable[[], None]) -> None:
        runs.append(run)
        start_thread(run)

    monkeypatch.setattr(writer_module, "start_thread", start)
    return runs


def test_a_thread_runs_only_when_something_is_recorded(
    writer: Writer, sink: CountingSink, started: list[Callable[[], None]]
) -> None:
    assert writer.flush(1)
    recorder = a_recorder(channel=writer)
    assert started == []
    for _ in range(5):
        recorder.announce()
        recorder.say(recorder.root, "one")
    _stored(sink)
    assert len(started) == 1


def test_threads_that_begin_at_once_start_one_writer(
    writer: Writer, sink: CountingSink, started: list[Callable[[], None]]
) -> None:
    threads = [Thread(target=a_recorder(channel=writer).announce) for _ in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    wait_until(lambda: sum(map(len, sink.stored)) == 20, 60, "all runs")
    assert len(started) == 1


# ---------------------------------------------------------------- flush


def test_flush_returns_when_all_is_stored(patient: Writer, sink: CountingSink) -> None:
    recorder = a_recorder(channel=patient)
    recorder.announce()
    for number in range(100):
        recorder.say(recorder.root, number)
    assert patient.flush(60)
    assert sink.texts == [str(number) for number in range(100)]
    assert patient.is_empty
    assert patient.flush(60)
    assert len(sink.stored) == 2


def test_many_may_wait_at_once(patient: Writer, sink: CountingSink) -> None:
    found: list[bool] = []

    def one(number: int) -> None:
        recorder = a_recorder(channel=patient)
        recorder.announce()
        recorder.say(recorder.root, number)
        recorder.finish(states.SUCCESS)
        found.append(patient.flush(60))

    threads = [Thread(target=one, args=(number,)) for number in range(30)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == [True] * 30
    assert sorted(sink.texts, key=int) == [str(number) for number in range(30)]


def test_who_waits_keeps_the_deadline_while_the_sink_hangs(patient: Writer, sink: CountingSink) -> None:
    sink.may_go_on.clear()
    recorder = a_recorder(channel=patient)
    recorder.announce()
    recorder.say(recorder.root, "one")
    began = time.monotonic()
    assert not patient.flush(0.2)
    assert not patient.flush(0)
    assert time.monotonic() - began >= 0.2
    assert sink.is_hanging.is_set()
    assert sink.stored == []  # it hangs still
    sink.may_go_on.set()
    assert patient.flush(60)
    assert sink.texts == ["one"]


def test_an_author_never_waits_while_the_sink_hangs(writer: Writer, sink: CountingSink) -> None:
    sink.may_go_on.clear()
    recorder = a_recorder(channel=writer)
    recorder.announce()
    wait_until(sink.is_hanging.is_set, 60, "the sink hangs")
    for number in range(1_000):
        recorder.say(recorder.root, number)
        recorder.announce()
    assert sink.stored == []  # it hangs still
    sink.may_go_on.set()
    assert writer.flush(60)
    assert len(sink.texts) == 1_000


@pytest.fixture
def the_interpreter_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(writer_module, "start_thread", no_thread)
    monkeypatch.setattr(writer_module, "main_thread", Thread)  # one that does not run any more


def test_at_the_end_of_the_interpreter_the_caller_stores(
    patient: Writer, sink: CountingSink, the_interpreter_ends: None
) -> None:
    recorder = a_recorder(channel=patient)
    recorder.announce()
    recorder.say(recorder.root, "last words")
    assert patient.flush(60)
    assert sink.texts == ["last words"]


def test_at_the_end_of_the_interpreter_nobody_waits_for_what_fails(
    patient: Writer, sink: CountingSink, failures: None, the_interpreter_ends: None
) -> None:
    sink.errors = [StoreLater("away")]
    a_recorder(channel=patient).announce()
    began = time.monotonic()
    assert not patient.flush(60)
    assert time.monotonic() - began < 30


def test_at_the_end_of_the_interpreter_a_time_limit_passes(
    patient: Writer, sink: CountingSink, the_interpreter_ends: None
) -> None:
    sink.errors = [SoftTimeLimitExceeded()]
    a_recorder(channel=patient).announce()
    with pytest.raises(SoftTimeLimitExceeded):
        patient.flush(60)
    assert patient.flush(60)


@pytest.fixture
def flushed() -> Callable[[Writer, float], list[bool]]:
    """Return a function that flushes in a thread, and gives what came of it within a minute."""

    def flushed(writer: Writer, seconds: float) -> list[bool]:
        results: list[bool] = []
        thread = Thread(target=lambda: results.append(writer.flush(seconds)), daemon=True)
        thread.start()
        thread.join(60)
        return results

    return flushed


def test_at_the_end_of_the_interpreter_a_caller_keeps_its_deadline_while_lines_wait_for_memory(
    sink: CountingSink,
    tmp_path: Path,
    the_interpreter_ends: None,
    flushed: Callable[[Writer, float], list[bool]],
) -> None:
    writer = Writer(sink, INTERVAL, journal=Journal(tmp_path / "journals", SIZE))
    recorder = a_recorder(channel=writer)
    recorder.count_on(recorder.root)
    writer.free = 0
    recorder.say(recorder.root, "only in the journal")
    assert flushed(writer, 0.1) == [False]
    writer.free = MEMORY
    assert flushed(writer, 30) == [True]
    assert sink.texts == ["only in the journal"]


def test_at_the_end_of_the_interpreter_a_caller_keeps_its_deadline_while_another_one_hangs(
    patient: Writer,
    sink: CountingSink,
    the_interpreter_ends: None,
    flushed: Callable[[Writer, float], list[bool]],
) -> None:
    a_recorder(channel=patient).announce()
    sink.may_go_on.clear()
    other = Thread(target=patient.flush, args=(60,))
    other.start()
    assert sink.is_hanging.wait(60)
    assert flushed(patient, 0.1) == [False]
    sink.may_go_on.set()
    other.join()
    assert patient.flush(60)


# ---------------------------------------------------------------- errors


@pytest.mark.parametrize("error", [StoreLater("away"), ValueError("bad"), SystemExit(3), KeyboardInterrupt()])
def test_no_error_of_a_sink_ends_the_thread_or_loses_a_line(
    sink: CountingSink, failures: None, error: BaseException
) -> None:
    writer = Writer(sink, 0.01)
    sink.errors = [error, error, error]
    before = guard.failures
    recorder = a_recorder(channel=writer)
    recorder.announce()
    for number in range(50):
        recorder.say(recorder.root, number)
    assert writer.flush(60)
    assert sink.texts == [str(number) for number in range(50)]
    assert guard.failures == before + 3


def test_a_loud_guard_does_not_end_the_thread(sink: CountingSink, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(guard, "loud", True)
    writer = Writer(sink, 0.01)
    sink.errors = [ValueError("bad")]
    before = guard.failures
    a_recorder(channel=writer).announce()
    assert writer.flush(60)
    monkeypatch.setattr(guard, "failures", before)


def test_while_the_sink_fails_the_tries_become_rarer_and_order_is_kept(
    sink: CountingSink, failures: None
) -> None:
    writer = Writer(sink, 0.02)
    sink.errors = [StoreLater("away")] * 5
    recorder = a_recorder(channel=writer)
    recorder.announce()
    said = 0
    while sink.errors:
        recorder.say(recorder.root, said)
        recorder.announce()
        said += 1
        time.sleep(0.001)
    assert writer.flush(60)
    pauses = [later - earlier for earlier, later in zip(sink.at, sink.at[1:5], strict=False)]
    assert [pause >= 0.02 * 2**try_ for try_, pause in enumerate(pauses)] == [True] * 4
    assert sink.texts == [str(number) for number in range(said)]


def test_the_longest_pause_is_bounded(
    sink: CountingSink, failures: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pace_module, "LONGEST_PAUSE", 0.05)
    writer = Writer(sink, 0.01)
    sink.errors = [StoreLater("away")] * 20
    a_recorder(channel=writer).announce()
    assert writer.flush(60)
    assert len(sink.at) == 21


def test_a_fork_waits_for_a_flush_to_end_but_not_for_ever(
    patient: Writer, sink: CountingSink, monkeypatch: pytest.MonkeyPatch
) -> None:
    patient.hold_still()
    a_recorder("held", channel=patient).announce()
    assert not patient.flush(0.1)
    assert (sink.forks, sink.at) == (1, [])
    patient.go_on()
    assert patient.flush(60)

    monkeypatch.setattr(turn_module, "LONGEST_HOLD", 0.05)
    sink.may_go_on.clear()
    a_recorder(channel=patient).announce()
    wait_until(sink.is_hanging.is_set, 60, "the sink hangs")
    patient.hold_still()
    patient.go_on()
    assert sink.forks == 1
    sink.may_go_on.set()
    assert patient.flush(60)


def test_no_fork_closes_the_connection_on_which_the_thread_recovers(
    sink: CountingSink, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(turn_module, "LONGEST_HOLD", 0.05)
    writer = Writer(sink, INTERVAL, at_first=sink.hang)
    sink.may_go_on.clear()
    a_recorder(channel=writer).announce()
    wait_until(sink.is_hanging.is_set, what="the thread recovers")
    _fork(writer)
    assert sink.forks == 0
    sink.may_go_on.set()
    assert writer.flush(60)


def test_no_fork_closes_the_connection_that_the_thread_closes(
    writer: Writer, sink: CountingSink, monkeypatch: pytest.MonkeyPatch
) -> None:
    is_resting, may_end = Event(), Event()

    def rest() -> None:
        is_resting.set()
        may_end.wait(60)

    monkeypatch.setattr(turn_module, "LONGEST_HOLD", 0.05)
    monkeypatch.setattr(writer_module, "IDLE", 0.05)
    monkeypatch.setattr(sink, "rest", rest)
    a_recorder(channel=writer).finish(states.SUCCESS)
    assert is_resting.wait(60)
    _fork(writer)
    assert sink.forks == 0
    may_end.set()
    assert writer.flush(60)


def _fork(writer: Writer) -> None:
    writer.hold_still()
    writer.go_on()


def test_a_child_begins_anew(patient: Writer, sink: CountingSink) -> None:
    recorder = a_recorder(channel=patient)
    recorder.announce()
    assert patient.flush(60)
    recorder.say(recorder.root, "left to the parent")
    patient.begin_anew()
    assert (patient.is_empty, sink.abandoned) == (True, 1)
    a_recorder(channel=patient).announce()
    assert patient.flush(60)
    assert sink.texts == []
