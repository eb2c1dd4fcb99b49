"""A row is there once a task was sent."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from statistics import median
from time import monotonic, sleep
from typing import Any
from uuid import UUID, uuid4

import pytest
from celery import signals
from django.db import transaction
from kombu.exceptions import EncodeError, OperationalError

from progress_updater import states, task_context
from progress_updater.integrations.celery.arguments import restored
from progress_updater.models import TaskLog
from progress_updater.writing.channels import flush
from project.celery import app
from tests.integrations.celery.records import is_recorded, log_of, tags_of
from tests.integrations.celery.tasks import QUEUE, add, always_recorded, asking, unrecorded

pytestmark = pytest.mark.django_db(transaction=True, databases="__all__")


@pytest.fixture(autouse=True)
def nobody_listens() -> Any:
    """Throw away what was sent."""
    yield
    with app.connection_for_write() as connection:
        connection.default_channel.queue_purge(QUEUE)


def test_a_sent_task_has_a_record_that_waits() -> None:
    before = datetime.now(UTC)
    log = log_of(add.delay())
    assert (log.state, log.celery_name, log.task_name) == (states.PENDING, add.name, add.name)
    assert (log.queue, log.attempts, log.seq, log.start) == (QUEUE, 0, 1, None)
    assert log.queued is not None
    assert before <= log.queued <= datetime.now(UTC)


@pytest.mark.alone
def test_the_record_is_there_within_a_twentieth_of_a_second() -> None:
    flush()
    waited = []
    for _ in range(15):
        began, task = monotonic(), str(add.delay())
        while not TaskLog.objects.filter(task_uuid=task).exists():
            sleep(0.001)
        waited.append(monotonic() - began)
    assert median(waited) < 0.05


def test_the_record_stays_when_the_senders_transaction_is_rolled_back() -> None:
    class Rollback(Exception):
        pass

    with pytest.raises(Rollback), transaction.atomic():
        task = add.delay()
        flush()
        assert is_recorded(task)
        raise Rollback
    assert is_recorded(task)


def test_delay_on_commit_makes_no_record_before_the_commit(sent: list[str]) -> None:
    with transaction.atomic():
        add.delay_on_commit()
        assert sent == []
        assert not TaskLog.objects.exists()
    assert log_of(*sent).state == states.PENDING


def test_delay_on_commit_makes_no_record_after_a_rollback(sent: list[str]) -> None:
    with pytest.raises(ZeroDivisionError), transaction.atomic():
        add.delay_on_commit()
        1 / 0  # noqa: B018
    assert sent == []
    assert not TaskLog.objects.exists()


@pytest.fixture
def sent() -> Any:
    """List the ids of the tasks that are sent."""
    ids: list[str] = []

    def note(headers: dict[str, Any], **_: Any) -> None:
        ids.append(headers["id"])

    signals.after_task_publish.connect(note)
    yield ids
    signals.after_task_publish.disconnect(note)


def test_a_broker_that_is_away_makes_no_record() -> None:
    task = str(uuid4())
    with (
        app.connection_for_write(
            url="amqp://127.0.0.1:1//",
            transport="amqp",
            transport_options={"max_retries": 1, "interval_start": 0},
        ) as nowhere,
        pytest.raises(OperationalError),
    ):
        add.apply_async(task_id=task, connection=nowhere, retry=False)
    assert not is_recorded(task)


def test_arguments_that_cannot_be_sent_make_no_record() -> None:
    task = str(uuid4())
    with pytest.raises(EncodeError):
        add.apply_async((object(),), task_id=task)
    assert not is_recorded(task)


def test_a_task_sent_by_its_name_has_a_record() -> None:
    log = log_of(app.send_task("elsewhere.tasks.unknown_here", queue=QUEUE))
    assert (log.state, log.task_name) == (states.PENDING, "elsewhere.tasks.unknown_here")


def test_the_caller_may_choose_the_id() -> None:
    task = add.apply_async(task_id="order/17 of: today")
    assert task.id == "order/17 of: today"
    assert log_of("order/17 of: today").state == states.PENDING


def test_a_countdown_is_shown_as_the_time_when_the_task_is_due() -> None:
    before = datetime.now(UTC)
    log = log_of(add.apply_async(countdown=60))
    assert log.eta is not None
    assert before <= log.eta - timedelta(seconds=60) <= datetime.now(UTC)


def test_eta_and_expiry_are_shown() -> None:
    due, late = datetime(2100, 1, 1, tzinfo=UTC), datetime(2100, 1, 2, tzinfo=UTC)
    log = log_of(add.apply_async(eta=due, expires=late))
    assert (log.eta, log.expires) == (due, late)


def test_a_shadow_name_is_the_label() -> None:
    log = log_of(add.apply_async(shadow="Add the orders"))
    assert (log.task_name, log.celery_name) == ("Add the orders", add.name)


def test_the_queue_is_that_of_the_call() -> None:
    assert log_of(add.apply_async(queue="another")).queue == "another"


def test_arguments_and_options_are_there_before_the_task_runs() -> None:
    log = log_of(asking.apply_async(("A",), {"x": [1.5]}, priority=3, soft_time_limit=5, time_limit=9))
    assert (log.args, log.kwargs, log.arguments_kept) == (["A"], {"x": [1.5]}, True)
    assert log.options == {
        "queue": QUEUE, "priority": 3, "time_limit": 9, "soft_time_limit": 5, "ignore_result": False,
    }  # fmt: skip
    assert (log.result, log.result_kept) == (None, None)


def test_arguments_come_back_as_the_task_would_get_them() -> None:
    given = [datetime(2026, 1, 2, tzinfo=UTC), UUID(int=7), Decimal("1.10"), b"\xff", None]
    log = log_of(asking.apply_async((given,), {"more": {"at": given}}))
    assert log.arguments_kept
    assert (restored(log.args), restored(log.kwargs)) == ([given], {"more": {"at": given}})


def test_arguments_that_this_process_cannot_name_are_told_by_the_worker() -> None:
    log = log_of(app.send_task("elsewhere.tasks.unknown_here", ["hunter2"], {"a": None}, queue=QUEUE))
    assert (log.args, log.kwargs, log.arguments_kept) == (None, None, None)
    assert log.options == {"queue": QUEUE}


def test_arguments_that_are_named_need_no_worker_to_be_told() -> None:
    log = log_of(app.send_task("elsewhere.tasks.unknown_here", kwargs={"a": 1, "password": "hunter2"}))
    assert (log.args, log.kwargs, log.arguments_kept) == ([], {"a": 1, "password": "********"}, False)


def test_arguments_only_pickle_can_carry_are_shown_by_their_type() -> None:
    log = log_of(add.apply_async((uuid4, {1}), serializer="pickle"))
    assert (log.args, log.arguments_kept) == (["<builtins.function>", [1]], False)


def test_long_arguments_are_cut_and_say_so(record_setting: Any) -> None:
    record_setting(TEXT_LIMIT=100)
    log = log_of(asking.delay("x" * 1_000, more="y" * 1_000))
    assert str(log.args[0]).endswith("x… (cut: 1,000 characters)")
    assert str(log.kwargs["more"]).endswith("y… (cut: 1,000 characters)")
    assert log.arguments_kept is False


def test_nothing_of_the_authors_is_held_until_it_is_stored() -> None:
    given = [1]
    task = add.delay(given)
    given.append(2)
    assert log_of(task).args == [[1]]


def test_an_owner_tags_and_a_subject_go_along() -> None:
    with task_context(owner="7", tags=["nightly", "import"], about="shop.order:17"):
        task = add.delay()
    log = log_of(task)
    assert (log.owner, log.about, tags_of(task)) == ("7", "shop.order:17", ["import", "nightly"])


def test_a_header_of_the_caller_goes_before_the_context() -> None:
    with task_context(owner="7"):
        task = add.apply_async(headers={"progress_updater": {"owner": "8"}})
    assert log_of(task).owner == "8"


def test_a_message_of_the_first_protocol_is_sent_as_without_the_app() -> None:
    app.conf.task_protocol = 1
    app.amqp.__dict__.pop("create_task_message", None)
    try:
        task = add.delay()
    finally:
        app.conf.task_protocol = 2
        app.amqp.__dict__.pop("create_task_message", None)
    assert not is_recorded(task)


def test_a_task_that_asks_not_to_be_recorded_has_no_record() -> None:
    assert not is_recorded(unrecorded.delay())


def test_patterns_choose_what_is_recorded(record_setting: Any) -> None:
    record_setting(RECORD=["tests.*", f"!{add.name}"])
    assert not is_recorded(add.delay())
    assert not is_recorded(app.send_task("shop.tasks.sell", queue=QUEUE))
    assert is_recorded(app.send_task("tests.tasks.sell", queue=QUEUE))


def test_a_task_that_asks_to_be_recorded_is_so_whatever_the_setting(record_setting: Any) -> None:
    record_setting(RECORD=["shop.*"])
    assert is_recorded(always_recorded.delay())


def test_with_used_a_task_has_no_record_before_it_uses_the_app(record_setting: Any) -> None:
    record_setting(RECORD="used")
    assert not is_recorded(add.delay())


def test_a_signal_without_what_we_need_changes_nothing() -> None:
    for nothing in ({}, {"sender": "name"}, {"sender": "name", "headers": {"lang": "py"}}):
        sender = nothing.get("sender")
        signals.before_task_publish.send(sender=sender, headers=nothing.get("headers"))
        signals.after_task_publish.send(sender=sender, headers=nothing.get("headers"), routing_key="x")
    flush()
    assert not TaskLog.objects.exists()
