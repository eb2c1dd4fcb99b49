"""Threads that record into one run at once: nothing is lost, nothing comes twice, each keeps its order."""

from collections import defaultdict
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from itertools import count
from threading import Barrier, Thread
from types import FrameType
from typing import Any

import pytest

from progress_updater import TaskUpdater, carry, notify, states, step, track
from progress_updater.models import Message, Step, TaskLog
from progress_updater.recording.entries import RUN, Entry
from progress_updater.recording.guard import guard
from progress_updater.recording.recorder import Recorder
from progress_updater.writing.channels import flush
from tests.faults.interruptions import Interruption
from tests.stored import Stored
from tests.writing.changes import Channel, a_recorder

THREADS = 8
LINES = 1_000


def _at_once(function: Callable[[int], object]) -> None:
    barrier = Barrier(THREADS)

    def begin(number: int) -> None:
        barrier.wait()
        function(number)

    with ThreadPoolExecutor(THREADS) as pool:
        list(pool.map(carry(begin), range(THREADS)))


def _assert_complete(lines: list[str], count: int = LINES) -> None:
    said: dict[str, list[int]] = defaultdict(list)
    for line in lines:
        thread, number = line.split()
        said[thread].append(int(number))
    assert dict(said) == {str(thread): list(range(count)) for thread in range(THREADS)}


def test_lines_of_many_threads_are_all_there_in_the_order_of_each(
    run: Recorder, now_stored: Callable[..., Stored]
) -> None:
    def say(thread: int) -> None:
        for number in range(LINES):
            run.say(run.root, f"{thread} {number}")
            if thread == 0 and number % 50 == 0:
                now_stored()

    _at_once(say)
    _assert_complete(now_stored().lines)


def test_steps_and_counts_of_many_threads_are_all_there(
    begin_run: Callable[..., Recorder], now_stored: Callable[..., Stored]
) -> None:
    run = begin_run(max_steps=10_000)
    whole = run.open_step(run.root, "whole")
    run.count_on(whole)

    def work(thread: int) -> None:
        for number in range(100):
            step = run.open_step(whole, f"{thread} {number}")
            whole.current += 1
            run.close_step(step, ValueError() if number % 10 == 9 else None)

    _at_once(work)
    run.close_step(whole, None)
    run.finish(states.SUCCESS)
    stored = now_stored()
    _assert_complete([step.name for step in stored.steps if step.name != "whole"], 100)
    assert stored.step("whole").count.current == 800
    assert stored.task
    assert (stored.task.steps_done, stored.task.steps_failed) == (801, 80)
    assert stored.unfinished == []


def test_of_a_replaced_line_the_last_one_is_left_whichever_thread_said_it(
    run: Recorder, now_stored: Callable[..., Stored]
) -> None:
    def say(thread: int) -> None:
        for number in range(LINES):
            run.say(run.root, number, replace=str(thread))
            if number % 100 == 0 and thread == 0:
                now_stored()

    _at_once(say)
    stored = now_stored()
    assert sorted((line.replace, line.text) for line in stored.last.ordered) == [
        (str(thread), str(LINES - 1)) for thread in range(THREADS)
    ]


@pytest.mark.django_db(transaction=True, databases="__all__")
def test_threads_in_tight_loops_lose_nothing_on_the_way_to_the_tables(settings: Any) -> None:
    settings.PROGRESS_UPDATER = {**settings.PROGRESS_UPDATER, "SINK": "database"}
    failures = guard.failures

    def work(thread: int) -> None:
        with step(f"thread {thread}"):
            for number in track(range(LINES), "loop"):
                notify(f"{thread} {number}")

    with TaskUpdater() as updater:
        _at_once(work)
    assert flush(60)
    log = TaskLog.objects.get(task_uuid=updater.task_uuid)
    messages = Message.objects.filter(task_log=log)
    _assert_complete(list(messages.order_by("seq").values_list("text", flat=True)))
    steps = Step.objects.filter(task_log=log)
    assert set(steps.values_list("state", flat=True)) == {states.SUCCESS}
    assert set(steps.filter(name="loop").values_list("current", "total")) == {(LINES, LINES)}
    inside = dict(steps.filter(name="loop").values_list("number", "parent"))
    named = {
        number: name.split()[1] for number, name in steps.values_list("number", "name") if "thread" in name
    }
    assert all(named[inside[at]] == text.split()[0] for at, text in messages.values_list("step", "text"))
    assert messages.values("n").distinct().count() == THREADS * LINES
    assert guard.failures == failures


class _Switch(Interruption):
    """Let another thread in at one chosen point."""

    def __init__(self, at: int, act: Callable[[], None]) -> None:
        super().__init__(at)
        self._act = act

    def _point(self, frame: FrameType) -> None:
        self.passed += 1
        if self.passed == self.at:
            other = Thread(target=self._act)
            other.start()
            other.join()


class _Journal(Channel):
    """Keep what comes into the journal."""

    def __init__(self) -> None:
        self.kept: list[Entry] = []
        self.keep = self.kept.append


@pytest.mark.alone  # it traces itself, as coverage does
@pytest.mark.parametrize("begins", ["announced", "used"])
def test_wherever_another_thread_comes_in_its_line_is_of_a_run_that_the_journal_knows(begins: str) -> None:
    def first() -> None:
        if begins == "announced":
            run.announce()
        run.say(run.root, "of this thread")

    def of_another_thread() -> None:
        run.say(run.root, "of another thread")
        known.append(RUN in [entry[0] for entry in journal.kept])

    known: list[bool] = []
    for at in count(1):
        journal = _Journal()
        run = a_recorder(channel=journal, only_if_used=begins == "used")
        switch = _Switch(at, of_another_thread)
        switch.during(first)
        if switch.passed < at:
            break
    assert len(known) > 10
    assert all(known), f"{known.count(False)} of {len(known)} moments"
