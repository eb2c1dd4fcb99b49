"""What a worker does with a task is what its record says."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from socket import gethostname
from threading import Event
from typing import Any

import pytest
from celery import Task, chain, chord, group, signals
from celery.app.trace import build_tracer
from celery.exceptions import Retry
from celery.result import AsyncResult

from progress_updater import states, task_context
from progress_updater.integrations.celery import publishing
from progress_updater.models import Attempt, TaskLog
from project.celery import app
from tests.integrations.celery.records import (
    attempt_states,
    attempts_of,
    failure_of,
    finished,
    is_recorded,
    lines_of,
    log_of,
    reached,
    steps_of,
    tags_of,
)
from tests.integrations.celery.tasks import (
    LATER,
    QUEUE,
    Unpicklable,
    add,
    always_recorded,
    asking,
    careless,
    catching,
    failing,
    failing_unpicklable,
    ignored,
    leaving,
    nesting,
    rejected,
    rejected_when_acknowledged,
    replaced,
    requeued,
    retrying,
    retrying_by_itself,
    retrying_later,
    retrying_with_a_broker_that_is_away,
    returning,
    returning_no_json,
    sending,
    silent,
    suppressing,
    total,
    unrecorded,
)
from tests.waiting import wait_until

pytestmark = pytest.mark.django_db(transaction=True, databases="__all__")


# ---------------------------------------------------------------- one execution


def test_a_task_that_ends_well_is_recorded_with_all_it_said(worker: None) -> None:
    task = add.delay(3, 4)
    log = finished(task)
    assert (log.state, log.attempts, log.exception) == (states.SUCCESS, 1, None)
    assert log.start is not None
    assert log.end is not None
    assert log.queued is not None
    assert log.queued <= log.start <= log.end
    assert steps_of(task) == [(1, "Add", states.SUCCESS)]
    assert lines_of(task) == ["3 + 4"]
    assert (log.steps_done, log.steps_failed, log.message) == (1, 0, "3 + 4")


def test_a_task_that_never_calls_the_app_is_recorded_too(worker: None) -> None:
    log = finished(silent.delay())
    assert (log.state, log.steps_done, log.message) == (states.SUCCESS, 0, None)


def test_the_attempt_names_its_worker_and_the_log_its_queue(worker: None) -> None:
    task = add.delay()
    assert finished(task).queue == QUEUE
    (attempt,) = attempts_of(task)
    assert (attempt.worker, attempt.retries, attempt.redelivered) == (gethostname(), 0, False)


def test_a_result_is_shown(worker: None) -> None:
    log = finished(add.delay(3, 4))
    assert (log.result, log.result_kept) == (7, True)
    log = finished(silent.delay())
    assert (log.result, log.result_kept) == ("nothing said", True)
    log = finished(always_recorded.delay())
    assert (log.result, log.result_kept) == (None, True)


def test_a_long_result_is_cut_and_one_that_is_no_json_is_shown_by_its_type(worker: None) -> None:
    log = finished(returning.delay(20_000))
    assert str(log.result[0]).endswith("x… (cut: 20,000 characters)")
    assert log.result_kept is False
    log = finished(returning_no_json.apply_async(ignore_result=True))
    assert (log.result, log.result_kept) == (["<builtins.type>"], False)


@pytest.mark.parametrize("task", [failing, ignored, rejected, suppressing], ids=lambda task: task.name)
def test_a_task_that_does_not_succeed_has_no_result(worker: None, task: Task) -> None:
    log = finished(task.delay())
    assert (log.result, log.result_kept) == (None, None)


@pytest.fixture
def foreign() -> Iterator[None]:
    """Send as a producer that knows nothing of the app."""
    receivers = (
        (signals.before_task_publish, publishing.prepare),
        (signals.after_task_publish, publishing.record_sent),
    )
    for signal, receiver in receivers:
        assert signal.disconnect(dispatch_uid=f"progress_updater.{receiver.__name__}")
    yield
    for signal, receiver in receivers:
        signal.connect(receiver, weak=False, dispatch_uid=f"progress_updater.{receiver.__name__}")


def test_the_worker_tells_the_arguments_where_the_producer_did_not(worker: None, foreign: None) -> None:
    expires = datetime(2100, 1, 1, tzinfo=UTC)
    task = asking.apply_async(("A", 2), {"x": [1.5]}, soft_time_limit=5, time_limit=9, expires=expires)
    log = finished(task)
    assert (log.queued, log.expires, log.eta) == (None, expires, None)
    assert (log.args, log.kwargs, log.arguments_kept) == (["A", 2], {"x": [1.5]}, True)
    assert log.options == {
        "queue": QUEUE, "time_limit": 9, "soft_time_limit": 5, "ignore_result": False,
    }  # fmt: skip
    assert log.result == {"bank": "A", "seconds": 2, "x": [1.5]}


def test_a_retry_with_other_arguments_leaves_those_of_the_call(worker: None) -> None:
    task = retrying.delay(1)
    assert finished(task).args == [1]


def test_an_exception_is_recorded_where_it_arose(worker: None) -> None:
    task = failing.delay()
    log = finished(task)
    assert (log.state, log.exception, log.exception_type) == (
        states.FAILURE,
        "division by zero",
        "ZeroDivisionError",
    )
    assert steps_of(task) == [(1, "Divide", states.FAILURE)]
    failure = failure_of(attempts_of(task)[0])
    assert failure["step"] == 1
    assert "1 / 0" in failure["traceback"]


def test_an_exception_that_cannot_be_pickled_is_recorded_as_it_was(worker: None) -> None:
    task = failing_unpicklable.delay()
    log = finished(task)
    assert (log.exception, log.exception_type) == (
        "404: not there",
        f"{Unpicklable.__module__}.{Unpicklable.__qualname__}",
    )
    assert "failing_unpicklable" in failure_of(attempts_of(task)[0])["traceback"]


def test_a_suppressed_exception_is_a_failure_although_celery_says_success(worker: None) -> None:
    task = suppressing.delay()
    log = finished(task)
    assert (log.state, log.exception) == (states.FAILURE, "division by zero")
    wait_until(lambda: task.state == "SUCCESS", what="Celery's result")


def test_an_exception_that_the_author_caught_is_none(worker: None) -> None:
    task = catching.delay()
    log = finished(task)
    assert (log.state, log.exception, log.steps_failed) == (states.SUCCESS, None, 1)
    assert lines_of(task) == ["Never mind."]


@pytest.mark.filterwarnings("ignore:Exception raised outside body")
def test_an_exception_after_the_task_leaves_it_as_celery_says(worker: None) -> None:
    task = careless.delay()
    celery_says = wait_until(lambda: task.state if task.ready() else None, what="Celery's result")
    assert finished(task).state == celery_says


def test_an_ignored_task_ends_well(worker: None) -> None:
    log = finished(ignored.delay())
    assert (log.state, log.exception) == (states.IGNORED, None)


def test_an_unrecorded_task_leaves_nothing_but_its_children(worker: None) -> None:
    task = unrecorded.delay()
    child = wait_until(lambda: task.result if task.ready() else None, what="the task")
    assert finished(child).parent == task.id
    assert not is_recorded(task)


def trace(task: Task, task_id: str, **request: Any) -> None:
    """Run a task as a worker's child does, in this thread."""
    build_tracer(task.name, task, app=app, **request)(
        task_id, (), {}, {"id": task_id, "is_eager": bool(request)}
    )


def test_a_child_that_is_stopped_leaves_the_end_to_others() -> None:
    with pytest.raises(SystemExit):
        trace(leaving, "stopped")
    log = log_of("stopped")
    assert (log.state, log.end, attempt_states("stopped")) == (states.STARTED, None, [states.STARTED])
    assert steps_of("stopped") == [(1, "Leave", states.FAILURE)]


def test_an_end_without_a_beginning_is_nobodys_record() -> None:
    signals.task_postrun.send(sender=add, task_id="x", task=add, state="SUCCESS", retval=None)
    assert not is_recorded("x")


# ---------------------------------------------------------------- several executions


def test_a_retry_is_an_attempt_with_its_own_steps(worker: None) -> None:
    task = retrying.delay(times=2)
    log = finished(task)
    assert (log.state, log.attempts, log.exception) == (states.SUCCESS, 3, None)
    assert attempt_states(task) == [states.RETRY, states.RETRY, states.SUCCESS]
    assert [attempt.retries for attempt in attempts_of(task)] == [0, 1, 2]
    assert steps_of(task) == [
        (1, "Try 1", states.RETRY),
        (2, "Try 2", states.RETRY),
        (3, "Try 3", states.SUCCESS),
    ]


def test_an_attempt_that_is_retried_keeps_why(worker: None) -> None:
    task = retrying.delay(times=1)
    finished(task)
    failure = failure_of(attempts_of(task)[0])
    assert (failure["type"], failure["text"]) == ("TimeoutError", "The bank did not answer.")


def test_between_two_attempts_the_task_is_not_finished(worker: None) -> None:
    task = retrying_later.delay()
    log = reached(task, states.RETRY)
    assert (log.end, log.attempts) == (None, 1)
    assert failure_of(attempts_of(task)[0])["type"] == "celery.exceptions.Retry"


@pytest.mark.parametrize("task", [retrying_later.s(), asking.s("")], ids=["by hand", "by itself"])
def test_a_retry_shows_when_it_is_due(worker: None, task: Any) -> None:
    before = datetime.now(UTC)
    log = reached(task.delay(), states.RETRY)
    assert log.eta is not None
    assert before <= log.eta - timedelta(seconds=LATER) <= datetime.now(UTC)


@pytest.fixture
def let_retries_come() -> Iterator[Callable[[], None]]:
    """Keep the worker from taking any retry until this is called."""
    called = Event()

    def hold(request: Any, **_: Any) -> None:
        if request.request_dict["retries"]:
            called.wait(60)

    signals.task_received.connect(hold)
    yield called.set
    called.set()
    signals.task_received.disconnect(hold)


def test_a_retry_that_has_begun_is_not_due_any_more(
    worker: None, let_retries_come: Callable[[], None]
) -> None:
    task = retrying.apply_async((1,), {"countdown": 0.01}, countdown=0.01)
    assert log_of(task).eta is not None
    first = reached(task, states.RETRY)
    assert first.eta is not None
    assert first.eta > attempts_of(task)[0].start
    let_retries_come()
    log = finished(task)
    assert (log.state, log.attempts, log.eta) == (states.SUCCESS, 2, None)


def test_a_retry_at_once_has_no_time(worker: None) -> None:
    assert finished(retrying.delay(times=1)).eta is None


def test_a_retry_that_cannot_be_sent_is_a_failure_and_waits_for_nothing(worker: None) -> None:
    task = retrying_with_a_broker_that_is_away.delay()
    log = finished(task)
    assert (log.state, log.exception_type) == (states.FAILURE, "celery.exceptions.Reject")
    assert (log.eta, log.attempts) == (None, 1)


def test_the_first_time_when_it_was_due_stays(worker: None) -> None:
    log = finished(add.apply_async(countdown=0.01))
    assert log.eta is not None
    assert log.start is not None
    assert log.eta <= log.start


def test_a_task_that_gives_up_its_retries_fails(worker: None) -> None:
    task = retrying_by_itself.delay()
    log = finished(task)
    assert (log.state, log.exception, log.attempts) == (states.FAILURE, "The bank did not answer.", 3)
    assert attempt_states(task) == [states.RETRY, states.RETRY, states.FAILURE]
    assert steps_of(task) == [(number, "Ask", states.FAILURE) for number in (1, 2, 3)]


@pytest.fixture
def states_seen(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Note each state that a log ever shows."""
    from progress_updater.writing import store

    seen: list[str] = []
    write = store.store_changes

    def store_and_look(connection: Any, *arguments: Any) -> None:
        write(connection, *arguments)
        with connection.cursor() as cursor:
            cursor.execute(f"SELECT task_uuid, state FROM {TaskLog._meta.db_table}")
            seen.extend(f"{uuid}: {state}" for uuid, state in cursor.fetchall())

    monkeypatch.setattr("progress_updater.writing.sinks.database.store_changes", store_and_look)
    return seen


@pytest.mark.parametrize(
    ("by", "attempts"), [("task", 2), ("replaced", 3), ("chain", 2), ("group", 2), ("chord", 2)]
)
def test_a_replaced_task_never_looks_finished_before_its_replacement_is(
    worker: None, states_seen: list[str], by: str, attempts: int
) -> None:
    task = replaced.delay(by)
    wait_until(lambda: attempt_states(task)[attempts - 1 :] == [states.SUCCESS], what="the replacement")
    log = log_of(task)
    assert (log.state, log.attempts, log.celery_name) == (states.SUCCESS, attempts, replaced.name)
    assert attempt_states(task)[:-1] == [states.IGNORED] * (attempts - 1)
    shown = [state for state in states_seen if state.startswith(str(task))]
    assert set(shown[: shown.index(f"{task}: {states.SUCCESS}")]) <= {
        f"{task}: {state}" for state in (states.PENDING, states.STARTED, states.RETRY)
    }


@pytest.mark.parametrize("by", ["task", "chain", "group", "chord"])
def test_a_replaced_task_is_nobodys_child(worker: None, by: str) -> None:
    task = replaced.delay(by)
    log = finished(task)
    assert (log.parent, log.root) == (None, task.id)
    parents = TaskLog.objects.exclude(task_uuid=task.id).values_list("parent", flat=True)
    assert task.id in parents or by == "task"


def test_a_replacement_keeps_the_steps_of_the_replaced(worker: None) -> None:
    task = replaced.delay("task")
    finished(task)
    assert steps_of(task) == [(1, "Look", states.SUCCESS), (2, "Add", states.SUCCESS)]


@pytest.fixture
def attempts_at_sending() -> Iterator[list[tuple[str, int]]]:
    """Note at each sending how many attempts of the same task are stored."""
    noted: list[tuple[str, int]] = []

    def look(headers: dict[str, Any], **_: Any) -> None:
        count = Attempt.objects.filter(task_log__task_uuid=headers["id"]).count()
        noted.append((headers["id"], count))

    signals.before_task_publish.connect(look)
    yield noted
    signals.before_task_publish.disconnect(look)


def test_an_attempt_is_stored_before_the_next_one_can_begin(
    worker: None, attempts_at_sending: list[tuple[str, int]]
) -> None:
    retried, handed_over = retrying.delay(times=2), replaced.delay("task")
    for task in (retried, handed_over):
        finished(task)
    sent = {
        str(task): [count for task_id, count in attempts_at_sending if task_id == task.id]
        for task in (retried, handed_over)
    }
    assert sent == {retried.id: [0, 1, 2], handed_over.id: [0, 1]}


def test_a_rejected_task_fails(worker: None) -> None:
    task = rejected.delay()
    log = finished(task)
    assert (log.state, log.exception_type) == (states.FAILURE, "celery.exceptions.Reject")
    assert attempt_states(task) == [states.FAILURE]


def test_a_task_that_goes_back_to_the_queue_comes_again(worker: None) -> None:
    task = requeued.delay()
    assert finished(task).state == states.SUCCESS
    assert attempt_states(task) == [states.RETRY, states.SUCCESS]
    assert steps_of(task) == [(1, "Look", states.IGNORED), (2, "Look", states.SUCCESS)]


def test_a_task_that_was_acknowledged_cannot_go_back_to_the_queue(worker: None) -> None:
    assert finished(rejected_when_acknowledged.delay()).state == states.FAILURE


# ---------------------------------------------------------------- families


def test_a_child_knows_its_parent_and_its_root(worker: None) -> None:
    task = sending.delay()
    child = wait_until(lambda: task.result if task.ready() else None, what="the task")
    log = finished(child)
    assert (log.parent, log.root) == (task.id, task.id)
    assert (log_of(task).parent, log_of(task).root) == (None, task.id)


def test_the_tasks_of_a_chain_are_each_others_parents(worker: None) -> None:
    last = chain(add.s(1, 1), add.s(2), add.s(3)).delay()
    middle, first = last.parent, last.parent.parent
    assert finished(last).state == states.SUCCESS
    assert [log_of(task).parent for task in (first, middle, last)] == [None, first.id, middle.id]
    assert [log_of(task).root for task in (first, middle, last)] == [first.id] * 3


def test_the_tasks_of_a_group_know_it(worker: None) -> None:
    result = group(add.s(1, 1), add.s(2, 2)).delay()
    assert [finished(task).group for task in result.children] == [result.id] * 2


def test_a_chord_is_recorded_without_the_task_that_only_waits(worker: None) -> None:
    body = chord([add.s(1, 1), add.s(2, 2)], total.s()).delay()
    header = body.parent
    assert finished(body).state == states.SUCCESS
    assert [finished(task).group for task in header.children] == [header.id] * 2
    assert not TaskLog.objects.filter(celery_name="celery.chord_unlock").exists()


# ---------------------------------------------------------------- owners


def child_of(task: AsyncResult) -> TaskLog:
    return finished(wait_until(lambda: task.result if task.ready() else None, what="the task"))


def test_children_inherit_owner_tags_and_subject(worker: None) -> None:
    with task_context(owner="7", tags=["nightly"], about="shop.order:17"):
        task = sending.delay()
    child = child_of(task)
    assert (child.owner, child.about, tags_of(child.task_uuid)) == ("7", "shop.order:17", ["nightly"])


def test_a_retry_and_a_replacement_keep_the_owner(worker: None) -> None:
    with task_context(owner="7"):
        tasks = [retrying.delay(times=1), replaced.delay("chain")]
    assert [finished(task).owner for task in tasks] == ["7", "7"]
    assert set(TaskLog.objects.values_list("owner", flat=True)) == {"7"}


def test_children_inherit_the_owner_whom_the_task_names(worker: None) -> None:
    with task_context(owner="7"):
        task = sending.delay(owner="8")
    assert child_of(task).owner == "8"
    assert log_of(task).owner == "7"


def test_children_of_a_task_that_is_not_recorded_inherit_too(worker: None) -> None:
    with task_context(owner="7"):
        task = unrecorded.delay()
    assert child_of(task).owner == "7"


def test_a_header_of_another_producer_tells_the_owner(worker: None) -> None:
    header = {"owner": 9, "about": "shop.order:18", "tags": ["foreign", 5]}
    task = app.send_task(add.name, queue=QUEUE, headers={"progress_updater": header})
    log = finished(task)
    assert (log.owner, log.about, tags_of(task)) == ("9", "shop.order:18", ["5", "foreign"])


@pytest.mark.parametrize("header", ["7", ["7"], 7, {"tags": "nightly"}, {"owner": None, "tags": None}])
def test_a_header_that_makes_no_sense_is_left_out(worker: None, header: Any) -> None:
    task = app.send_task(add.name, queue=QUEUE, headers={"progress_updater": header})
    log = finished(task)
    assert (log.state, log.owner, tags_of(task)) == (states.SUCCESS, None, [])


def test_a_task_does_not_keep_the_context_of_the_one_before(worker: None) -> None:
    with task_context(owner="7", tags=["nightly"]):
        finished(sending.delay())
    child = child_of(sending.delay())
    assert (child.owner, tags_of(child.task_uuid)) == (None, [])


# ---------------------------------------------------------------- eager


def test_an_eager_task_is_recorded(eager: None) -> None:
    task = add.delay(3, 4)
    log = log_of(task)
    assert (log.state, log.attempts, log.queued) == (states.SUCCESS, 1, None)
    assert (log.args, log.kwargs, log.arguments_kept, log.result) == ([3, 4], {}, True, 7)
    assert lines_of(task) == ["3 + 4"]


def test_eager_tasks_inside_others_are_their_children(eager: None) -> None:
    task = nesting.delay()
    middle, inner = task.result
    assert [log_of(id_).parent for id_ in (task, middle, inner)] == [None, task.id, middle]
    assert [log_of(id_).root for id_ in (task, middle, inner)] == [task.id] * 3
    assert steps_of(task) == [(1, "Send", states.SUCCESS)]


def test_an_eager_task_without_a_caller_is_its_own_root() -> None:
    trace(add, "alone", eager=True)
    assert (log_of("alone").root, log_of("alone").parent) == ("alone", None)


def test_an_eager_task_belongs_to_whoever_calls_it(eager: None) -> None:
    with task_context(owner="7", tags=["nightly"]):
        task = nesting.delay()
    assert [log_of(id_).owner for id_ in (task, *task.result)] == ["7"] * 3
    assert [tags_of(id_) for id_ in (task, *task.result)] == [["nightly"]] * 3


def test_an_eager_task_that_fails_is_recorded(eager: None) -> None:
    log = log_of(failing.delay())
    assert (log.state, log.exception) == (states.FAILURE, "division by zero")


def test_an_eager_task_is_retried_in_place(eager: None) -> None:
    task = str(retrying.apply_async(kwargs={"times": 1}, task_id="eagerly retried"))
    assert task == "eagerly retried"
    assert attempt_states(task) == [states.RETRY, states.SUCCESS]


@pytest.fixture
def propagating(eager: None) -> Any:
    app.conf.task_eager_propagates = True
    yield
    app.conf.task_eager_propagates = False


def test_an_eager_task_that_hands_its_exception_to_the_caller_is_recorded(propagating: None) -> None:
    with pytest.raises(ZeroDivisionError):
        failing.apply_async(task_id="raised")
    log = log_of("raised")
    assert (log.state, log.exception) == (states.FAILURE, "division by zero")
    assert steps_of("raised") == [(1, "Divide", states.FAILURE)]


def test_an_eager_retry_that_nobody_does_is_a_failure(propagating: None) -> None:
    with pytest.raises(Retry):
        retrying_later.apply_async(task_id="not retried")
    assert log_of("not retried").state == states.FAILURE


def test_an_eager_task_may_leave_the_program(eager: None) -> None:
    with pytest.raises(SystemExit):
        leaving.apply_async(task_id="left")
    assert log_of("left").state == states.FAILURE


def test_an_eager_replacement_is_an_attempt_of_the_same_record(eager: None) -> None:
    task = replaced.apply(("task",), task_id="replaced")
    assert task.result == 7
    log = log_of("replaced")
    assert (log.state, log.attempts, log.parent) == (states.SUCCESS, 2, None)
