"""origins: an exception is a failure of the step in which it arose; around it only passes."""

import pickle
from collections.abc import Callable
from dataclasses import dataclass
from threading import Thread

from progress_updater.recording.origins import describe_leaving
from progress_updater.recording.recorder import Recorder
from progress_updater.recording.step import StepRecord


def _leaves(exception: BaseException, *steps: StepRecord) -> list[int | None]:
    """Let an exception leave steps, the innermost first, and return where each says that it arose."""
    return [describe_leaving(exception, step, limit=100).step for step in steps]


def _chain(run: Recorder, *names: str) -> list[StepRecord]:
    """Open steps inside each other, and return them with the run, the innermost first."""
    chain = [run.root]
    for name in names:
        chain.append(run.open_step(chain[-1], name))
    return chain[::-1]


def test_an_exception_arises_in_the_innermost_step(run: Recorder) -> None:
    inner, outer, root = _chain(run, "outer", "inner")
    assert _leaves(ValueError(), inner, outer, root) == [2, 2, 2]


def test_only_where_it_arose_the_traceback_is_formatted(run: Recorder) -> None:
    inner, outer, _ = _chain(run, "outer", "inner")
    error = ValueError()
    assert describe_leaving(error, inner, limit=100).traceback
    assert describe_leaving(error, outer, limit=100).traceback is None
    assert describe_leaving(error, outer, limit=100, with_traceback=True).traceback


def test_an_exception_between_steps_arises_in_the_task(run: Recorder) -> None:
    assert _leaves(ValueError(), run.root) == [None]


def test_an_exception_keeps_its_origin_while_other_threads_go_on(run: Recorder) -> None:
    inner, outer, _ = _chain(run, "outer", "inner")
    error = ValueError()
    _leaves(error, inner)
    other = Thread(target=run.open_step, args=(outer, "another item"))
    other.start()
    other.join()
    assert _leaves(error, outer) == [inner.number]


def test_an_object_that_is_raised_again_elsewhere_arises_there(run: Recorder) -> None:
    first, second = run.open_step(run.root, "first"), run.open_step(run.root, "second")
    always_the_same = ValueError()
    assert _leaves(always_the_same, first, second) == [first.number, second.number]


def test_a_swallowed_exception_that_is_raised_at_the_end_keeps_its_origin(run: Recorder) -> None:
    inner, outer, root = _chain(run, "outer", "inner")
    error = ValueError()
    _leaves(error, inner)
    run.open_step(outer, "later")
    assert _leaves(error, outer, root) == [inner.number, inner.number]


def test_two_runs_tell_apart_what_arose_in_each(run: Recorder, begin_run: Callable[..., Recorder]) -> None:
    child = begin_run(task_uuid="child")
    (inside, _), (around, _) = _chain(child, "inside"), _chain(run, "around")
    error = ValueError()
    assert _leaves(error, inside, around) == [1, 1]
    assert describe_leaving(error, around, limit=100).traceback is None


def test_the_innermost_loop_tells_where_it_was(run: Recorder) -> None:
    inner, outer, root = _chain(run, "outer", "inner")
    run.set_progress(outer, 411, 1_000, None)
    error = ValueError()
    places = [describe_leaving(error, step, limit=100).where for step in (inner, outer, root)]
    assert places == [None, "at item 412 of 1,000", "at item 412 of 1,000"]


def test_an_exception_with_an_origin_can_still_be_sent_to_another_process(run: Recorder) -> None:
    error = ValueError("no good")
    _leaves(error, *_chain(run, "step"))
    sent = pickle.loads(pickle.dumps(error))
    assert (type(sent), sent.args) == (ValueError, ("no good",))


@dataclass(frozen=True)
class Frozen(Exception):
    """An exception that does not let its attributes be set."""

    code: int


def test_an_exception_that_cannot_be_changed_has_an_origin(run: Recorder) -> None:
    inner, outer, _ = _chain(run, "outer", "inner")
    assert _leaves(Frozen(1), inner, outer) == [2, 2]


def test_a_step_that_is_not_kept_fails_in_the_step_around_it(begin_run: Callable[..., Recorder]) -> None:
    run = begin_run(max_steps=1)
    deepest, deeper, kept, root = _chain(run, "kept", "deeper", "deepest")
    assert _leaves(ValueError(), deepest, deeper, kept, root) == [1, 1, 1, 1]
