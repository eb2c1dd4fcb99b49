"""The null object: every call works, nothing is kept."""

import inspect

from progress_updater import states
from progress_updater.recording import registry
from progress_updater.recording.context import begin_step, current_position, position
from progress_updater.recording.nothing import NOTHING, NullRecorder
from progress_updater.recording.recorder import Recorder

OWN = {
    "branch",
    "held",
    "is_counting",
    "stored",
    "time_of",
    "decide_early",
    "open_step",
    "resume",
    "take_back",
    "wait_in",
    "innermost",
}
"""What only the writer or a fork calls, for a run that was registered; and what works on any step."""


def test_the_null_object_answers_all_that_a_recorder_does() -> None:
    attributes = set(Recorder.__slots__)
    public = {name for name, _ in inspect.getmembers(Recorder) if not name.startswith("_")} - attributes
    assert public - set(vars(NullRecorder)) == OWN


def test_a_call_on_it_changes_nothing() -> None:
    recorder = NullRecorder("unrecorded", in_celery=True)
    step = recorder.open_step(recorder.root, "step", 3, "rows")
    recorder.announce()
    recorder.say(step, "text", level="info", replace="x", public=False, data={})
    recorder.plan(step, ["a"])
    recorder.set_progress(step, 1, 2, "rows")
    recorder.count_on(step)
    recorder.count_loop(step, 1, "rows", 0, 5)
    recorder.set_state("SLEEPING")
    recorder.relabel(recorder.identity)
    recorder.suppress(ValueError())
    recorder.finish(states.FAILURE, ValueError())
    assert recorder.collect() is None
    assert not recorder.has_open_steps
    assert not recorder.is_recorded
    assert recorder.ending is None
    assert registry.of_task("unrecorded") is None


def test_its_steps_end_and_its_root_does_not() -> None:
    step = NOTHING.recorder.open_step(NOTHING, "step")
    NOTHING.recorder.close_step(step, ValueError())
    NOTHING.recorder.close_step(NOTHING, ValueError())
    assert step.ending is not None
    assert NOTHING.ending is None


def test_its_steps_are_never_the_current_one() -> None:
    token = position.set(None)
    begin_step(NOTHING, "step")
    assert current_position() is None
    position.reset(token)
