"""A soft time limit is raised by a signal, at any line, of ours too: it always reaches the task."""

import gc
import itertools
import random
import signal
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from typing import Any

import pytest
from celery.exceptions import SoftTimeLimitExceeded

from progress_updater import TaskUpdater, notify, states, step, track
from progress_updater.models import Attempt, Message, Step, TaskLog
from progress_updater.recording.context import current_position
from progress_updater.recording.guard import guard
from progress_updater.writing.channels import flush
from tests.stored import stored

LOOPS = 200
LONGEST = 5.0  # seconds until a loop gives up: then its time limit was swallowed

# A tracer takes a lock at each line, and keeps it when the signal hits it there.
pytestmark = pytest.mark.alone


@pytest.fixture(autouse=True)
def a_guard_that_could_swallow() -> Iterator[None]:
    """A loud guard raises whatever it catches; here it has to catch nothing, as in production."""
    failures = guard.failures
    yield
    assert guard.failures == failures


@pytest.fixture(autouse=True)
def nothing_of_others_at_garbage_collection() -> Iterator[None]:
    """Python loses what a signal raises while it calls back from there; let there be only what is ours."""
    callbacks = gc.callbacks[:]
    gc.callbacks.clear()
    gc.collect()
    yield
    gc.callbacks[:] = callbacks


@pytest.fixture(autouse=True)
def time_limit() -> Iterator[None]:
    def exceeded(*args: object) -> None:
        raise SoftTimeLimitExceeded

    before = signal.signal(signal.SIGALRM, exceeded)
    yield
    signal.setitimer(signal.ITIMER_REAL, 0)
    signal.signal(signal.SIGALRM, before)


def _for_a_while() -> Iterator[int]:
    end = time.monotonic() + LONGEST
    return itertools.takewhile(lambda _: time.monotonic() < end, itertools.count())


Rounds = Iterable[int]


class Said:
    """Says lines, and counts those whose call returned."""

    def __init__(self) -> None:
        self.returned = 0

    def __call__(self, **options: Any) -> None:
        notify("line", **options)
        self.returned += 1


def messages(rounds: Rounds, updater: TaskUpdater, say: Said) -> None:
    for _ in rounds:
        say()


def messages_with_data(rounds: Rounds, updater: TaskUpdater, say: Said) -> None:
    for number in rounds:
        say(data={"number": number, "text": str(number), "object": Said})


def replaced_messages(rounds: Rounds, updater: TaskUpdater, say: Said) -> None:
    for number in rounds:
        notify(number, replace="number")


def steps(rounds: Rounds, updater: TaskUpdater, say: Said) -> None:
    for _ in rounds:
        with step("step"):
            say()


def nested_steps(rounds: Rounds, updater: TaskUpdater, say: Said) -> None:
    for _ in rounds:
        with step("outer"), step("middle", total=3) as middle:
            middle.advance()
            with step("inner"):
                say()


def suppressing_blocks(rounds: Rounds, updater: TaskUpdater, say: Said) -> None:
    for _ in rounds:
        with updater("block"), step("optional", optional=True):
            say()


def failing_blocks(rounds: Rounds, updater: TaskUpdater, say: Said) -> None:
    for _ in rounds:
        with updater("block"):
            raise ValueError


def a_loop(rounds: Rounds, updater: TaskUpdater, say: Said) -> None:
    for _ in track(rounds, "loop"):
        pass


def loops_that_are_left_early(rounds: Rounds, updater: TaskUpdater, say: Said) -> None:
    for _ in rounds:
        for number in track(range(5), "loop"):
            if number == 2:
                break


def loops_with_steps_that_are_left_early(rounds: Rounds, updater: TaskUpdater, say: Said) -> None:
    for _ in rounds:
        for number in track(range(5), "loop"):
            with step("item"):
                say()
            if number == 2:
                break


def loops_on_the_current_step(rounds: Rounds, updater: TaskUpdater, say: Said) -> None:
    for _ in rounds:
        with step("step"):
            for _ in track("abc"):
                break


def loops_whose_body_fails(rounds: Rounds, updater: TaskUpdater, say: Said) -> None:
    for _ in rounds:
        with suppress(ValueError), step("step"):
            for _ in track("abc", "loop"):
                raise ValueError


@step("generator")
def numbers() -> Iterator[int]:
    """Yield numbers, as a step."""
    yield from range(5)


def generators_that_are_left_early(rounds: Rounds, updater: TaskUpdater, say: Said) -> None:
    for _ in rounds:
        for number in numbers():
            if number == 2:
                break


def plans(rounds: Rounds, updater: TaskUpdater, say: Said) -> None:
    for _ in rounds:
        with step("block") as block:
            block.plan("a", "b", "c")
            with step("a"):
                say()


def counts(rounds: Rounds, updater: TaskUpdater, say: Said) -> None:
    for number in rounds:
        updater.advance()
        updater.set_progress(number, 10**9, "rows")
        updater.set_state(number)


ALL = [
    messages,
    messages_with_data,
    replaced_messages,
    steps,
    nested_steps,
    suppressing_blocks,
    a_loop,
    loops_that_are_left_early,
    loops_with_steps_that_are_left_early,
    loops_on_the_current_step,
    loops_whose_body_fails,
    generators_that_are_left_early,
    plans,
    counts,
    failing_blocks,
]


@contextmanager
def _soon() -> Iterator[None]:
    """Let the time limit strike a few milliseconds after the block has begun."""
    signal.setitimer(signal.ITIMER_REAL, random.uniform(0.003, 0.009))
    yield


def _is_raised(loop: Callable[[Rounds, TaskUpdater, Said], None], updater: TaskUpdater, say: Said) -> bool:
    """Tell whether the time limit comes out of a loop."""
    try:
        with _soon():
            loop(_for_a_while(), updater, say)
    except SoftTimeLimitExceeded:
        return True
    return False


def _interrupted_loops(updater: TaskUpdater) -> tuple[int, int]:
    """Run loops until each is interrupted; count how many were, and the lines that were said."""
    say, raised = Said(), 0
    for loop in ALL:
        # Coverage takes a lock when it first meets a file, which a signal must not interrupt.
        loop(range(5), updater, say)
    for number in range(LOOPS):
        with step(f"loop {number}", optional=True):
            raised += _is_raised(ALL[number % len(ALL)], updater, say)
    return raised, say.returned


def test_every_tight_loop_hears_of_its_time_limit_when_records_are_kept_in_memory() -> None:
    with TaskUpdater() as updater:
        raised, said = _interrupted_loops(updater)
        root = current_position()
        assert root is not None
        assert root.number is None
    record = stored(updater.task_uuid)
    assert raised == LOOPS
    assert record.state == states.FAILURE  # the failing blocks were swallowed
    assert record.unfinished == []
    assert 0 <= record.lines.count("line") - said <= LOOPS


@pytest.mark.django_db(transaction=True, databases="__all__")
def test_every_tight_loop_hears_of_its_time_limit_when_records_are_stored(settings: Any) -> None:
    settings.PROGRESS_UPDATER = {**settings.PROGRESS_UPDATER, "SINK": "database", "MAX_STEPS": 100_000}
    with TaskUpdater() as updater:
        raised, said = _interrupted_loops(updater)
    assert flush(60)
    log = TaskLog.objects.get(task_uuid=updater.task_uuid)
    lines = Message.objects.filter(task_log=log)
    assert raised == LOOPS
    assert log.state == states.FAILURE
    assert Attempt.objects.get(task_log=log).state == log.state
    assert not Step.objects.filter(task_log=log, state__in=[states.PENDING, states.STARTED]).exists()
    assert 0 <= lines.filter(text="line").count() - said <= LOOPS
    assert not lines.filter(source="gap").exists()
    assert lines.values("n").distinct().count() == lines.count()
