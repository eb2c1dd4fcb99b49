"""update_state() is shown as the task's custom state."""

from typing import Any

import pytest
from celery import Task
from celery import states as celery_states

from progress_updater import states
from progress_updater.integrations.celery.custom_state import wrap_update_state
from progress_updater.models import TaskLog
from progress_updater.recording.recorder import Recorder
from progress_updater.writing.channels import flush
from project.celery import app
from tests.integrations.celery.records import lines_of, log_of

pytestmark = pytest.mark.django_db(transaction=True, databases="__all__")


class Loud(Task):
    """A base class with an update_state() of its own, as projects have."""

    abstract = True
    told: list[str] = []

    def update_state(self, task_id: Any = None, state: Any = None, meta: Any = None, **kwargs: Any) -> None:
        self.told.append(state)
        super().update_state(task_id=task_id, state=state, meta={**(meta or {}), "loud": True}, **kwargs)


def seen_in(base: type[Task], *calls: tuple[str | None, Any], **options: Any) -> list[TaskLog]:
    """Run a task that updates its state, and return its record after each time."""
    seen: list[TaskLog] = []

    def work(self: Task) -> None:
        for state, meta in calls:
            self.update_state(state=state, meta=meta)
            flush()
            seen.append(TaskLog.objects.get(task_uuid=self.request.id))

    name = f"tests.custom_state.{len(app.tasks)}"
    app.task(bind=True, base=base, name=name, **options)(work).apply(throw=True)
    return seen


def test_a_custom_state_is_shown_while_the_task_runs() -> None:
    (log,) = seen_in(Task, ("GOING_TO_SLEEP", None))
    assert (log.state, log.custom_state) == (states.STARTED, "GOING_TO_SLEEP")


def test_the_end_of_the_task_ends_it() -> None:
    (log,) = seen_in(Task, ("GOING_TO_SLEEP", None))
    ended = log_of(log.task_uuid)
    assert (ended.state, ended.custom_state) == (states.SUCCESS, None)


@pytest.mark.parametrize("state", sorted(celery_states.ALL_STATES | {"REJECTED", "IGNORED", "LOST"}))
def test_celerys_states_and_ours_are_no_custom_states(state: str) -> None:
    (log,) = seen_in(Task, (state, None))
    assert (log.state, log.custom_state) == (states.STARTED, None)


def test_a_count_in_the_data_is_the_tasks_progress() -> None:
    first, second, third = seen_in(
        Task,
        ("PROGRESS", {"current": 3, "total": 12}),
        ("PROGRESS", {"current": 6}),
        (None, {"total": 24, "unit": "rows"}),
    )
    assert (first.current, first.total, first.percent) == (3, 12, 25)
    assert (second.current, second.total) == (6, 12)
    assert (third.current, third.total, third.unit) == (6, 24, "rows")


def test_who_sees_the_state_sees_the_count_that_was_told_with_it(monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[tuple[float | None, str | None]] = []
    original = Recorder.set_state

    def set_and_look(self: Recorder, state: object) -> None:
        original(self, state)
        flush()
        log = TaskLog.objects.get()
        seen.append((log.current, log.message))

    monkeypatch.setattr(Recorder, "set_state", set_and_look)
    seen_in(Task, ("PROGRESS", {"current": 3, "total": 12, "description": "Reading"}))
    assert seen == [(3, "Reading")]


@pytest.mark.parametrize("meta", [None, {}, {"stage": 2}, [1, 2], "half", {"current": "some"}])
def test_data_without_a_count_changes_no_progress(meta: Any) -> None:
    (log,) = seen_in(Task, ("PROGRESS", meta))
    assert (log.custom_state, log.total, log.percent) == ("PROGRESS", None, None)


def test_a_total_of_zero_is_unknown() -> None:
    (log,) = seen_in(Task, ("PROGRESS", {"current": 3, "total": 0}))
    assert (log.current, log.total, log.percent) == (3, None, None)


def told_by_celery_progress(*calls: tuple[Any, ...]) -> list[TaskLog]:
    """Run a task that uses the recorder of celery-progress, and return its record after each time."""
    from celery_progress.backend import ProgressRecorder

    seen: list[TaskLog] = []

    def work(self: Task) -> None:
        recorder = ProgressRecorder(self)
        for call in calls:
            recorder.set_progress(*call)
            flush()
            seen.append(TaskLog.objects.get(task_uuid=self.request.id))

    app.task(bind=True, name=f"tests.custom_state.{len(app.tasks)}")(work).apply(throw=True)
    return seen


def test_the_recorder_of_celery_progress_sets_progress_and_message() -> None:
    (log,) = told_by_celery_progress((3, 12, "Reading"))
    assert (log.custom_state, log.current, log.total, log.percent) == ("PROGRESS", 3, 12, 25)
    assert log.message == "Reading"


def test_a_description_takes_the_place_of_the_one_before() -> None:
    calls = [(number, 100, f"Row {number}") for number in range(1, 100)]
    last = told_by_celery_progress(*calls)[-1]
    assert lines_of(last.task_uuid) == ["Row 99"]


def test_a_description_that_is_told_again_is_no_change(monkeypatch: pytest.MonkeyPatch) -> None:
    said: list[str] = []
    original = Recorder.say
    monkeypatch.setattr(
        Recorder, "say", lambda *args, **kwargs: (said.append(args[2]), original(*args, **kwargs))
    )
    told_by_celery_progress((1, 3, "Reading"), (2, 3, "Reading"), (3, 3, "Saving"))
    assert said == ["Reading", "Saving"]


def test_a_description_that_is_left_out_is_taken_back() -> None:
    first, second = told_by_celery_progress((1, 3, "Reading"), (2, 3))
    assert (first.message, second.message) == ("Reading", "")


def test_without_a_description_there_is_no_line() -> None:
    last = told_by_celery_progress((1, 3), (2, 3))[-1]
    assert (last.message, lines_of(last.task_uuid)) == (None, [])


@pytest.mark.parametrize("description", [None, 7, ["a"], {"a": 1}])
def test_a_description_that_is_no_text_is_left_out(description: Any) -> None:
    (log,) = seen_in(Task, ("PROGRESS", {"current": 1, "total": 2, "description": description}))
    assert (log.percent, log.message) == (50, None)


def test_a_base_class_that_overrides_it_is_called_and_shown() -> None:
    Loud.told.clear()
    (log,) = seen_in(Loud, ("GOING_TO_SLEEP", {"current": 1, "total": 2}))
    assert Loud.told == ["GOING_TO_SLEEP"]
    assert (log.custom_state, log.percent) == ("GOING_TO_SLEEP", 50)


def test_it_works_without_a_result_backend() -> None:
    from celery.backends.base import DisabledBackend

    (log,) = seen_in(Task, ("GOING_TO_SLEEP", None), backend=DisabledBackend(app))
    assert log.custom_state == "GOING_TO_SLEEP"


def test_an_error_of_the_result_backend_reaches_the_task_and_nothing_is_shown() -> None:
    class Broken(Task):
        abstract = True

        @property
        def backend(self) -> Any:
            raise ConnectionError("The backend is away.")

        @backend.setter
        def backend(self, value: Any) -> None: ...

    with pytest.raises(ConnectionError):
        seen_in(Broken, ("GOING_TO_SLEEP", None))
    assert flush()
    assert TaskLog.objects.get().exception == "The backend is away."


def test_the_setting_switches_it_off(record_setting: Any) -> None:
    record_setting(CAPTURE_STATES=False)
    (log,) = seen_in(Task, ("GOING_TO_SLEEP", {"current": 1, "total": 2}))
    assert (log.custom_state, log.total) == (None, None)


def test_a_state_of_another_task_is_not_shown_here() -> None:
    def work(self: Task) -> None:
        self.update_state(task_id="another", state="GOING_TO_SLEEP")

    app.task(bind=True, name="tests.custom_state.another")(work).apply(task_id="one")
    assert log_of("one").custom_state is None
    assert not TaskLog.objects.filter(task_uuid="another").exists()


def test_outside_a_task_it_is_celerys_own() -> None:
    @app.task(name="tests.custom_state.outside")
    def work() -> None:
        """Do nothing."""

    work.update_state(task_id="outside", state="GOING_TO_SLEEP")
    assert app.AsyncResult("outside").state == "GOING_TO_SLEEP"
    assert not TaskLog.objects.exists()


def test_it_is_wrapped_once() -> None:
    wrapped = Task.update_state
    wrap_update_state()
    assert Task.update_state is wrapped
    assert wrapped.__name__ == "update_state"
