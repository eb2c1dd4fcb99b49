"""The registry: the runs that go on in this process."""

import gc
from collections.abc import Callable
from threading import Event, Thread

import pytest

from progress_updater.recording import registry
from progress_updater.recording.recorder import Recorder
from progress_updater.writing.direct import DirectWriter


@pytest.fixture(autouse=True)
def forgotten_runs_of_other_tests() -> None:
    gc.collect()


def test_a_run_is_found_by_its_task_while_it_goes_on(run: Recorder) -> None:
    assert registry.of_task("task") is run
    run.finish("SUCCESS")
    assert registry.of_task("task") is None


def test_of_two_runs_of_a_task_the_newer_one_is_found(begin_run: Callable[..., Recorder]) -> None:
    older, newer = begin_run(), begin_run()
    assert registry.of_task("task") is newer
    newer.finish("SUCCESS")
    assert registry.of_task("task") is older


def test_a_run_that_nobody_holds_is_forgotten(begin_run: Callable[..., Recorder], way: DirectWriter) -> None:
    run: Recorder | None = begin_run(task_uuid="forgotten")
    way.flush(0)
    run = None
    gc.collect()
    assert run is registry.of_task("forgotten")


def test_a_run_may_be_removed_twice(run: Recorder) -> None:
    registry.remove(run)
    registry.remove(run)
    assert registry.of_task("task") is None


def test_runs_are_listed_while_other_threads_begin_and_end_some(begin_run: Callable[..., Recorder]) -> None:
    kept = begin_run(task_uuid="kept")
    stop, missed = Event(), []

    def begin_and_end() -> None:
        while not stop.is_set():
            begin_run(task_uuid="other").finish("SUCCESS")

    others = [Thread(target=begin_and_end) for _ in range(3)]
    for other in others:
        other.start()
    missed = [number for number in range(300) if registry.of_task("kept") is not kept]
    stop.set()
    for other in others:
        other.join()
    assert missed == []
