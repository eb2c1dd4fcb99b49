"""What a worker declares about a task that cannot speak for itself."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from celery import signals
from celery.app.task import Context
from celery.exceptions import TimeLimitExceeded, WorkerLostError

from progress_updater import states
from progress_updater.integrations.celery import kernel_kills
from progress_updater.models import Step, TaskLog
from progress_updater.recording.changes import Identity
from progress_updater.runs import begin
from progress_updater.writing.channels import flush
from project.celery import app
from tests.integrations.celery.records import (
    attempts_of,
    failure_of,
    finished,
    is_recorded,
    log_of,
    revoked_id,
    steps_of,
)
from tests.integrations.celery.tasks import LATER, QUEUE, add, rejected, unrecorded

pytestmark = pytest.mark.django_db(transaction=True, databases="__all__")


# ---------------------------------------------------------------- before a task begins


def test_a_task_revoked_before_it_began_is_revoked(worker: None) -> None:
    task = add.apply_async(task_id=revoked_id())
    log = finished(task)
    assert (log.state, log.exception, log.attempts, log.start) == (states.REVOKED, "revoked", 0, None)
    assert log.end is not None
    assert log.exception_type == "celery.exceptions.TaskRevokedError"


def test_an_expired_task_is_revoked(worker: None) -> None:
    log = finished(add.apply_async(expires=datetime(2020, 1, 1, tzinfo=UTC)))
    assert (log.state, log.exception) == (states.REVOKED, "expired")


def test_an_expired_task_of_another_producer_shows_what_it_was_given() -> None:
    request = Context(
        id="foreign", args=[1], kwargs={"y": b"a"}, delivery_info={"exchange": "", "routing_key": "fast"},
        expires="2020-01-01T00:00:00", timelimit=[9, None],
    )  # fmt: skip
    signals.task_revoked.send(sender=add, request=request, terminated=False, signum=None, expired=True)
    log = log_of("foreign")
    assert (log.state, log.exception, log.expires) == (
        states.REVOKED,
        "expired",
        datetime(2020, 1, 1, tzinfo=UTC),
    )
    assert (log.args, log.arguments_kept) == ([1], True)
    assert log.kwargs == {"y": {"__type__": "bytes", "__value__": "a"}}
    assert (log.queue, log.options) == ("fast", {"queue": "fast", "time_limit": 9})


def test_a_task_that_waits_is_none_that_expired(worker: None) -> None:
    late = datetime(2100, 1, 1, tzinfo=UTC)
    waits, expired = add.apply_async(countdown=LATER, expires=late), add.apply_async(expires=-1)
    unknown = app.send_task("shop.tasks.unknown", queue=QUEUE)
    assert [finished(task).state for task in (expired, unknown)] == [states.REVOKED, states.FAILURE]
    log = log_of(waits)
    assert (log.state, log.attempts, log.expires, log.end) == (states.PENDING, 0, late, None)
    assert log.eta is not None


def test_a_task_that_no_worker_knows_fails(worker: None) -> None:
    log = finished(app.send_task("shop.tasks.unknown", queue=QUEUE))
    assert (log.state, log.exception_type) == (states.FAILURE, "celery.exceptions.NotRegistered")
    assert log.exception is not None
    assert "shop.tasks.unknown" in log.exception
    assert log.queued is not None


def test_a_task_that_no_worker_knows_and_nobody_wants_recorded_leaves_nothing(
    worker: None, record_setting: Any
) -> None:
    record_setting(RECORD=["!shop.*"])
    unknown = app.send_task("shop.tasks.unknown", queue=QUEUE)
    finished(add.delay())
    assert not is_recorded(unknown)


def test_a_message_that_the_worker_cannot_read_fails_its_task(worker: None) -> None:
    task = app.send_task(add.name, queue=QUEUE, headers={"eta": "tomorrow"})
    log = finished(task)
    assert (log.state, log.exception_type) == (states.FAILURE, "celery.exceptions.InvalidTaskError")
    assert "tomorrow" in str(log.exception)


def test_a_message_that_names_no_task_is_nobodys_record() -> None:
    class Message:
        headers = None

    signals.task_rejected.send(sender=None, message=Message(), exc=None)
    flush()
    assert not TaskLog.objects.exists()


# ---------------------------------------------------------------- while a task runs


@pytest.fixture(autouse=True)
def no_kernel(monkeypatch: pytest.MonkeyPatch) -> None:
    """Know of no kill: the kernel's are those of the whole machine."""
    monkeypatch.setattr(kernel_kills, "_kills", kernel_kills.Kills())
    monkeypatch.setattr(kernel_kills, "kernel_kills", lambda: None)


@pytest.fixture
def running() -> str:
    """Begin a task as its worker's pool does, with a step that is open, and leave it alone."""
    recorder = begin("cut off", Identity(task_name="My name", celery_name=add.name), in_celery=True)
    done = recorder.open_step(recorder.root, "Done")
    recorder.close_step(done, None)
    recorder.open_step(recorder.root, "Open")
    recorder.say(recorder.root, "Something was said.")
    flush()
    return "cut off"


def fail(task: str, exception: Exception) -> None:
    signals.task_failure.send(
        sender=add, task_id=task, exception=exception, args=(), kwargs={}, traceback=None, einfo=None
    )


def test_a_killed_task_fails_with_its_attempt_and_its_open_steps(running: str) -> None:
    fail(running, WorkerLostError("Worker exited prematurely: signal 9 (SIGKILL)."))
    log = log_of(running)
    assert (log.state, log.exception) == (
        states.FAILURE,
        "Worker exited prematurely: signal 9 (SIGKILL), while in “Open”.",
    )
    (attempt,) = attempts_of(running)
    assert (attempt.state, attempt.end) == (states.FAILURE, log.end)
    assert failure_of(attempt)["type"] == "billiard.exceptions.WorkerLostError"
    assert steps_of(running) == [(1, "Done", states.SUCCESS), (1, "Open", states.FAILURE)]


@pytest.mark.parametrize(
    ("problem", "place"), [(SystemExit(-241), ", while in “Inner”."), (KeyError("k"), "")]
)
def test_a_process_that_closed_its_steps_when_a_signal_met_it_says_in_which_it_was(
    problem: BaseException, place: str
) -> None:
    recorder = begin("left", Identity(task_name="My name", celery_name=add.name), in_celery=True)
    outer = recorder.open_step(recorder.root, "Outer")
    for step in (recorder.open_step(outer, "Inner"), outer):
        recorder.close_step(step, problem)
    flush()
    fail("left", TimeLimitExceeded(3))
    assert log_of("left").exception == f"TimeLimitExceeded(3,){place}"
    (attempt,) = attempts_of("left")
    assert failure_of(attempt)["step"] == (2 if place else None)


def test_a_task_killed_by_the_kernel_says_that_memory_had_run_out(
    running: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(kernel_kills._kills, "_known", 3)
    monkeypatch.setattr(kernel_kills, "kernel_kills", lambda: 4)
    fail(running, WorkerLostError("Worker exited prematurely: signal 9 (SIGKILL)."))
    assert log_of(running).exception == (
        "Worker exited prematurely: signal 9 (SIGKILL), "
        "when memory had run out and the kernel killed a process, while in “Open”."
    )


def test_what_a_killed_task_had_said_stays(running: str) -> None:
    fail(running, TimeLimitExceeded(3))
    log = log_of(running)
    assert (log.task_name, log.message, log.steps_done) == ("My name", "Something was said.", 1)
    assert (log.current, log.unit) == (1, "steps")


def test_the_end_is_the_readers_next_change(running: str) -> None:
    before = log_of(running).seq
    fail(running, TimeLimitExceeded(3))
    log = log_of(running)
    assert (log.seq, log.end_seq) == (before + 1, before + 1)
    assert Step.objects.get(name="Open").seq == log.seq


def test_an_end_that_is_told_twice_is_the_first_one(running: str) -> None:
    fail(running, TimeLimitExceeded(3))
    fail(running, WorkerLostError("killed"))
    assert log_of(running).exception == "TimeLimitExceeded(3,), while in “Open”."
    assert failure_of(attempts_of(running)[0])["type"] == "billiard.exceptions.TimeLimitExceeded"


def test_the_end_of_an_attempt_does_not_end_the_next_one(running: str) -> None:
    from progress_updater.integrations.celery import settling

    late = pytest.MonkeyPatch()
    began = attempts_of(running)[0].start.timestamp()
    with late.context() as patch:
        patch.setattr(settling, "time", lambda: began + 0.0001)
        begin(running, Identity(task_name="My name", celery_name=add.name), in_celery=True)
        flush()
        fail(running, TimeLimitExceeded(3))
    assert log_of(running).state == states.STARTED
    assert [attempt.state for attempt in attempts_of(running)] == [states.STARTED, states.STARTED]


@pytest.mark.parametrize(
    ("sender", "says"),
    [(rejected, "lost its connection to the broker"), (add, "was stopped at once and cancelled the task")],
)
def test_a_task_that_a_worker_cancels_comes_again_only_with_late_acknowledgement(
    running: str, sender: Any, says: str
) -> None:
    signals.task_retry.send(sender=sender, request=Context(id=running), einfo=None)
    log = log_of(running)
    assert (log.state, log.end) == (states.RETRY, None)
    (attempt,) = attempts_of(running)
    assert attempt.state == states.RETRY
    assert says in failure_of(attempt)["text"]


def test_a_task_whose_worker_was_lost_and_that_is_sent_again_says_why(running: str) -> None:
    from celery.exceptions import Retry

    reason = Retry(exc=WorkerLostError("killed"))
    signals.task_retry.send(sender=add, request=Context(id=running), reason=reason, einfo=None)
    assert failure_of(attempts_of(running)[0])["text"] == "killed, while in “Open”."


@pytest.mark.parametrize("when", [60, datetime(2100, 1, 1, tzinfo=UTC), None])
def test_a_task_whose_worker_was_lost_says_when_it_is_sent_again(running: str, when: Any) -> None:
    from celery.exceptions import Retry

    reason, before = Retry(exc=WorkerLostError("killed"), when=when), datetime.now(UTC)
    signals.task_retry.send(sender=add, request=Context(id=running), reason=reason, einfo=None)
    eta = log_of(running).eta
    if when == 60:
        assert eta is not None
        assert timedelta(seconds=60) <= eta - before < timedelta(seconds=70)
    else:
        assert eta == when


def test_a_traceback_of_the_main_process_is_kept(running: str) -> None:
    class Information:
        traceback = "Traceback …"

    signals.task_failure.send(
        sender=add, task_id=running, exception=TimeLimitExceeded(3), einfo=Information()
    )
    assert failure_of(attempts_of(running)[0])["traceback"] == "Traceback …"


def test_what_is_no_exception_is_told_as_it_is(running: str) -> None:
    signals.task_failure.send(sender=None, task_id=running, exception="gone", einfo=None)
    assert failure_of(attempts_of(running)[0])["text"] == "gone, while in “Open”."


# ---------------------------------------------------------------- what is not recorded


def test_the_end_of_a_task_that_is_not_recorded_leaves_nothing() -> None:
    signals.task_failure.send(sender=unrecorded, task_id="x", exception=TimeLimitExceeded(3), einfo=None)
    assert not is_recorded("x")


def test_with_used_the_end_of_a_task_that_never_used_the_app_leaves_nothing(record_setting: Any) -> None:
    record_setting(RECORD="used")
    fail("x", TimeLimitExceeded(3))
    assert not is_recorded("x")


def test_with_used_the_end_of_a_task_that_used_the_app_is_recorded(record_setting: Any) -> None:
    record_setting(RECORD="used")
    recorder = begin("used", Identity(task_name=add.name), in_celery=True, only_if_used=True)
    recorder.say(recorder.root, "Used.")
    flush()
    fail("used", TimeLimitExceeded(3))
    assert log_of("used").state == states.FAILURE
