"""update_state() is shown as the task's custom state."""

from typing import Any

import pytest
from celery import Task
from celery import states as celery_states

from progress_updater import states
from progress_updater.integrations.celery.custom_state import wrap_update_state
from progress_updater.models import TaskLog
from progress_updater.writing.channels import flush
from project.celery import app
from tests.integrations.celery.records import log_of

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


@pytest.mark.parametrize("meta", [None, {}, {"stage": 2}, [1, 2], "half", {"current": "some"}])
def test_data_without_a_count_changes_no_progress(meta: Any) -> None:
    (log,) = seen_in(Task, ("PROGRESS", meta))
    assert (log.custom_state, log.total, log.percent) == ("PROGRESS", None, None)


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
