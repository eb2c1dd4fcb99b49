"""The rest of a canvas stands there from its first message on, in its place; what never comes is settled."""

from collections import OrderedDict
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from billiard.exceptions import WorkerLostError
from celery import chain, chord, group, signals, uuid
from celery.app.routes import Router, prepare
from celery.worker.request import Request
from django.db.models import F

from progress_updater import states
from progress_updater.integrations.celery import foretelling, received, settling
from progress_updater.integrations.celery.identity import HEADER
from progress_updater.models import TaskLog, TaskTree
from progress_updater.writing.channels import flush
from progress_updater.writing.direct import DirectWriter
from progress_updater.writing.diversion import diverted_to
from progress_updater.writing.sinks.memory import MemorySink
from project.celery import app
from tests.integrations.celery.records import (
    attempt_states,
    finished,
    log_of,
    reached,
    revoked_id,
)
from tests.integrations.celery.tasks import (
    QUEUE,
    add,
    always_recorded,
    failing,
    ignored,
    nesting,
    rejected,
    released,
    replaced,
    retrying,
    sending,
    silent,
    silent_again,
    suppressing,
    total,
    unrecorded,
    waiting,
)
from tests.waiting import wait_until

pytestmark = pytest.mark.django_db(transaction=True, databases="__all__")

UNHEARD = "unheard"

one, two, three = (silent_again.si(name=name) for name in ("1", "2", "3"))


@pytest.fixture
def nobody_listens(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Send to a queue of which no worker takes, also where one runs; throw away what was sent."""
    routes = prepare({"*": {"queue": UNHEARD}})
    monkeypatch.setattr(app.amqp, "router", Router(routes, app.amqp.queues, create_missing=True, app=app))
    yield
    with app.connection_for_write() as connection:
        connection.default_channel.queue_purge(UNHEARD)


@contextmanager
def worker_busy() -> Iterator[None]:
    """Keep the worker at one task, so that it takes no other meanwhile."""
    reached(waiting.delay(), states.STARTED)
    try:
        yield
    finally:
        released.release()


def logs() -> list[TaskLog]:
    flush()
    return list(TaskLog.objects.all())


def test_a_chain_stands_there_when_its_first_task_was_sent(nobody_listens: None) -> None:
    last = (one | two | three).delay()
    first, middle = last.parent.parent.id, last.parent.id
    found = {key: log_of(key) for key in (first, middle, last.id)}
    assert {log.state for log in logs()} == {states.PENDING}
    assert [log.previous for log in found.values()] == [None, first, middle]
    assert [log.parent for log in found.values()] == [None, first, middle]
    assert {log.tree for log in found.values()} == {log.root for log in found.values()} == {first}
    assert [log.queued is not None for log in found.values()] == [True, False, False]
    assert len(logs()) == 3


def test_the_body_of_a_chord_is_recorded_once(nobody_listens: None) -> None:
    result = chord([one, two, three], total.s()).delay()
    body, header = log_of(result.id), result.parent
    members = [log_of(member.id) for member in header.results]
    assert (body.previous, body.group, body.position, body.seq) == (header.id, None, None, 1)
    assert [(log.group, log.position) for log in members] == [(header.id, place) for place in range(3)]
    assert {log.tree for log in logs()} == {header.id}


def test_the_tasks_of_a_group_share_its_id_as_their_tree(nobody_listens: None) -> None:
    result = group(one | two, three).delay()
    assert {log.tree for log in logs()} == {log.group for log in logs()} == {result.id}
    assert sorted(log.position for log in logs() if log.position is not None) == [0, 0, 1]


def test_the_rest_is_whose_the_first_task_is(nobody_listens: None) -> None:
    from progress_updater import task_context

    with task_context(owner="7", about="shop.order:3", tags=["nightly"]):
        last = (one | two).delay()
    log = log_of(last.id)
    assert (log.owner, log.about, [tag.tag for tag in log.tags.all()]) == ("7", "shop.order:3", ["nightly"])


def test_a_task_alone_has_no_tree(nobody_listens: None) -> None:
    assert log_of(add.delay()).tree is None


def test_tasks_that_are_not_recorded_are_left_out_of_the_rest(nobody_listens: None) -> None:
    (unrecorded.si() | one | unrecorded.si() | two).delay()
    assert [log.celery_name for log in logs()] == [silent_again.name] * 2


def test_with_record_used_nothing_is_recorded_in_advance(nobody_listens: None, record_setting: Any) -> None:
    record_setting(RECORD="used")
    (one | always_recorded.si() | two).delay()
    assert [log.celery_name for log in logs()] == [always_recorded.name]


def test_a_chain_goes_on_under_its_rows(worker: None) -> None:
    last = (one | group(two, three) | total_of_names | one).delay()
    assert finished(last.id).state == states.SUCCESS
    assert len(logs()) == 5
    assert {log.state for log in logs()} == {states.SUCCESS}
    assert len({log.tree for log in logs()}) == 1
    assert all(log.attempts == 1 for log in logs())


total_of_names = silent.si()


def test_when_a_task_fails_the_rest_of_its_chain_never_comes(worker: None) -> None:
    last = chain(failing.si(), one, group(two, three), one).delay()
    assert finished(last.id).state == states.IGNORED
    assert sorted(log.state for log in logs()) == [states.FAILURE, *[states.IGNORED] * 4]
    assert all(log.end is not None for log in logs())


def test_when_a_member_fails_the_body_of_the_chord_has_failed(worker: None) -> None:
    result = chord([one, failing.si()], total.s() | two).delay()
    failed, body = result.parent.results[1].id, finished(result.id)
    assert (body.state, body.exception_type) == (states.FAILURE, "celery.exceptions.ChordError")
    assert body.exception == f"Dependency {failed} raised ZeroDivisionError('division by zero')"
    assert str(result.get(propagate=False, timeout=10)) in body.exception
    (before,) = [log for log in logs() if log.previous == result.parent.id]
    assert before.state == states.IGNORED


def test_when_a_chain_in_a_header_fails_the_body_has_failed(worker: None) -> None:
    result = chord([one, failing.si() | two], total.s()).delay()
    last_of_chain, body = result.parent.results[1].id, finished(result.id)
    assert finished(last_of_chain).state == states.IGNORED
    assert body.exception == f"Dependency {last_of_chain} raised ZeroDivisionError('division by zero')"
    assert str(result.get(propagate=False, timeout=10)) in body.exception


@pytest.mark.parametrize("name", ["ignored", "rejected"])
def test_after_a_task_that_never_ends_nothing_comes(worker: None, name: str) -> None:
    task = {"ignored": ignored, "rejected": rejected}[name]
    assert finished((task.si() | one).delay().id).state == states.IGNORED


def test_a_retry_leaves_the_rest_in_its_place(worker: None) -> None:
    last = (retrying.si(1) | one).delay()
    assert finished(last.id).state == states.SUCCESS
    assert len(logs()) == 2
    assert attempt_states(last.parent.id) == [states.RETRY, states.SUCCESS]


@pytest.mark.parametrize("by", ["task", "chain", "group", "chord", "replaced"])
def test_a_replacement_leaves_the_rest_in_its_place(worker: None, by: str) -> None:
    last = (replaced.si(by) | one).delay()
    assert finished(last.id).state == states.SUCCESS
    first = log_of(last.parent.id)
    assert (first.state, first.previous, first.tree) == (states.SUCCESS, None, first.task_uuid)
    assert log_of(last.id).previous == first.task_uuid
    assert {log.tree for log in logs()} == {first.tree}
    assert {log.state for log in logs()} == {states.SUCCESS}


@pytest.mark.parametrize(
    "by",
    [
        "failing task",
        "failing chain",
        "failing chord",
        "chain with a failing group",
        "chain that is ignored",
        "replaced by a failing chain",
    ],
)
@pytest.mark.parametrize("shape", ["alone", "in a chain", "in a header"])
def test_a_task_whose_replacement_ends_too_early_has_failed(worker: None, by: str, shape: str) -> None:
    task = replaced.si(by).set(task_id=uuid())
    canvas = {"alone": task, "in a chain": chain(task, one), "in a header": chord([task, two], total.s())}
    canvas[shape].delay()
    assert finished(task.options["task_id"]).state == states.FAILURE
    wait_until(lambda: all(log.state in states.TERMINAL for log in logs()), what="the end of all tasks")
    unfinished = TaskTree.objects.exclude(done=F("tasks"), percent=100.0)
    wait_until(lambda: not unfinished.exists(), what="the tree to be counted")


@pytest.mark.parametrize(
    "by", ["task with an id of its own", "chain with an id of its own", "task that is not recorded"]
)
def test_a_task_whose_replacement_has_no_record_under_its_id_waits_for_nothing(worker: None, by: str) -> None:
    last = (replaced.si(by) | one).delay()
    assert finished(last.id).state == states.SUCCESS
    assert finished(last.parent.id).state == states.IGNORED
    unfinished = TaskTree.objects.exclude(done=F("tasks"), percent=100.0)
    wait_until(lambda: not unfinished.exists(), what="the tree to be counted")


def test_a_failure_that_the_author_swallowed_does_not_end_the_chain(worker: None) -> None:
    last = (suppressing.si() | one).delay()
    assert finished(last.id).state == states.SUCCESS
    assert log_of(last.parent.id).state == states.FAILURE


def test_a_task_that_sends_another_one_becomes_the_root_of_its_tree(worker: None) -> None:
    task = sending.delay()
    assert finished(task).tree == task.id
    child = finished(task.get(timeout=10))
    assert (child.tree, child.parent, child.previous) == (task.id, task.id, None)


def test_a_callback_belongs_to_the_tree(worker: None) -> None:
    signature = one.clone()
    signature.link(two)
    task = signature.delay()
    assert finished(task).tree == task.id
    assert {log.tree for log in logs()} == {task.id}


def test_an_eager_child_belongs_to_the_tree(eager: None) -> None:
    task = nesting.delay()
    assert {log.tree for log in logs()} == {task.id}


def test_the_first_worker_records_the_rest_if_the_sender_has_not(
    worker: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    def forget(headers: dict[str, Any], **_: Any) -> None:
        if headers["parent_id"] is None:
            headers.pop(HEADER, None)

    signals.before_task_publish.connect(forget)
    # The worker, a thread of this process, would store what it takes meanwhile on the sender's way.
    with worker_busy(), diverted_to(DirectWriter(MemorySink())):
        last = (waiting.si() | one | two).delay()
        monkeypatch.setattr(foretelling, "_told", OrderedDict())  # as in the process of another worker
    assert reached(last.parent.id, states.PENDING).previous == last.parent.parent.id
    assert reached(last.id, states.PENDING).previous == last.parent.id
    released.release()
    assert finished(last.id).state == states.SUCCESS
    signals.before_task_publish.disconnect(forget)


def test_after_a_revoked_task_the_rest_never_comes(worker: None) -> None:
    last = (silent.si().set(task_id=revoked_id()) | one).apply_async()
    assert finished(last.id).state == states.IGNORED
    assert log_of(last.parent.id).state == states.REVOKED


def test_a_revoked_member_fails_the_body_of_its_chord(worker: None) -> None:
    result = chord([one, silent.si().set(task_id=revoked_id())], total.s()).delay()
    member = result.parent.results[1]
    body = finished(result.id)
    assert (body.state, body.exception) == (
        states.FAILURE,
        f"Dependency {member.id} raised TaskRevokedError('revoked')",
    )


def test_after_a_task_that_no_worker_knows_the_rest_never_comes(worker: None) -> None:
    last = (app.signature("elsewhere.tasks.unknown", queue=QUEUE) | one).delay()
    assert finished(last.id).state == states.IGNORED


def test_after_a_task_whose_process_was_killed_the_rest_never_comes(nobody_listens: None) -> None:
    with app.connection_for_read() as connection:
        queue = app.amqp.queues[UNHEARD].bind(connection.default_channel)
        queue.declare()
        queue.purge()
        last = (one | two).delay()
        request = Request(wait_until(queue.get, what="the message"), app=app)
    received.remember(request=request)
    settling.settle_failed(request.id, silent_again, WorkerLostError("killed"), None)
    assert finished(last.id).state == states.IGNORED
