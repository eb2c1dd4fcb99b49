"""What a test reads of a log, and what it asserts; the same from memory and from the tables."""

import re
from collections.abc import Iterator

import pytest

from progress_updater.testing import RecordedLog, RecordedOtherwise, record_tasks
from tests.testing.programs import flaky, import_orders, nightly

pytestmark = pytest.mark.django_db(databases="__all__")


@pytest.fixture(params=[False, True], ids=["memory", "tables"])
def store(request: pytest.FixtureRequest) -> bool:
    return bool(request.param)


@pytest.fixture
def failed(store: bool) -> Iterator[RecordedLog]:
    with record_tasks(store=store) as logs:
        import_orders.apply(args=[2])
        yield logs.one()


@pytest.fixture
def nightly_log(store: bool) -> RecordedLog:
    with record_tasks(store=store) as logs:
        nightly.apply(task_id="night")
    return logs.one(nightly)


TREE = """\
shop.import_orders: FAILURE, 2 of 3 steps: ValueError: row 2 is bad (at 2 of 3 rows)
    1 Read: SUCCESS
        "3 rows found"
        1.1 Check: SUCCESS
            [warning] "no header"
    2 Save: FAILURE, 1 of 3 rows: ValueError: row 2 is bad (at 2 of 3 rows)
        "row 2"
    3 Mail: IGNORED
    Traceback (most recent call last):
"""


def test_state_exception_and_text(failed: RecordedLog) -> None:
    failed.assert_state("FAILURE")
    assert (failed.state, failed.exception, failed.exception_type) == (
        "FAILURE",
        "row 2 is bad",
        "ValueError",
    )
    assert failed.text.startswith("\t - shop.import_ordersRead\n\t3 rows found\n\t - Check\n\tno header\n")
    assert failed.text.endswith("\tTask Finished - 1 out of 3 jobs finished\n")


def test_steps_stand_in_the_order_of_the_tree(failed: RecordedLog) -> None:
    assert [step.label for step in failed.steps] == ["1 Read", "1.1 Check", "2 Save", "3 Mail"]
    failed.assert_steps([("Read", "SUCCESS"), ("Check", "SUCCESS"), ("Save", "FAILURE"), ("Mail", "IGNORED")])
    failed.assert_steps(
        [("1 Read", "SUCCESS"), ("1.1 Check", "SUCCESS"), ("Save", "FAILURE"), ("3 Mail", "IGNORED")]
    )


def test_a_step_has_its_progress_and_its_exception(failed: RecordedLog) -> None:
    save = failed.step("Save")
    assert save.progress is not None
    assert (save.progress.current, save.progress.total, save.progress.unit) == (1, 3, "rows")
    assert (save.exception, save.exception_type) == ("row 2 is bad", "ValueError")
    assert (failed.step("1").progress, failed.step("1.1 Check").exception) == (None, None)
    assert (failed.progress.current, failed.progress.total) == (2, 3)


def test_messages_have_text_level_data_and_place(failed: RecordedLog) -> None:
    found = [(message.text, message.level, message.data, message.step) for message in failed.messages]
    assert found == [
        ("3 rows found", "info", {"rows": 3}, "1"),
        ("no header", "warning", None, "1.1"),
        ("row 2", "info", None, "2"),
    ]
    assert failed.messages_in("Read") == ["3 rows found"]


def test_who_when_and_where_from(nightly_log: RecordedLog) -> None:
    assert (nightly_log.task_uuid, nightly_log.name, nightly_log.celery_name) == (
        "night",
        "Nightly",
        "shop.nightly",
    )
    assert (nightly_log.owner, nightly_log.tags, nightly_log.about) == ("7", ["big", "late"], "shop.order:1")
    assert nightly_log.parent is None
    assert nightly_log.exception == "division by zero"


def test_what_a_task_was_given_and_what_it_returned(store: bool) -> None:
    with record_tasks(store=store) as logs:
        import_orders.apply((2,), {"bank": [b"a"]})
        import_orders(bad_row=7)
        import_orders.delay(4)
    assert [log.args for log in logs] == [[2], [], [4]]
    assert logs[0].kwargs == {"bank": [{"__type__": "bytes", "__value__": "a"}]}
    assert logs[1].kwargs == {"bad_row": 7}
    assert [log.result for log in logs] == [None, 3, None]
    assert logs[1].json["result_kept"] is True
    assert logs[2].json["options"]["queue"] == "celery"


def test_a_task_that_another_one_sent_names_it(store: bool) -> None:
    with record_tasks(store=store) as logs:
        nightly.apply(task_id="another night")
    assert (logs[0].task_uuid, logs[1].parent) == ("another night", "another night")
    assert logs[1].owner == "7"


def test_each_attempt_can_be_looked_at(store: bool) -> None:
    with record_tasks(store=store) as logs:
        flaky.apply()
    log = logs.one("shop.flaky")
    assert (log.state, log.attempts, log.texts) == ("SUCCESS", ["RETRY", "SUCCESS"], ["try 2"])
    assert str(log).startswith("shop.flaky attempt 2: SUCCESS, 1 steps\n")
    first = log.attempt(1)
    assert (first.texts, first.step("Try").state) == (["try 1"], "RETRY")
    assert first.text == "\t - shop.flakyTry\n\ttry 1\n\t\tFailed\n\t\tTime spent: 0h0m\n"
    with pytest.raises(RecordedOtherwise, match=r"no attempt 3 among \['RETRY', 'SUCCESS'\]"):
        log.attempt(3)


def test_a_log_is_as_it_was_when_it_was_asked_for(store: bool) -> None:
    from progress_updater import TaskUpdater

    with record_tasks(store=store) as logs, TaskUpdater() as updater:
        before = logs.one()
        updater.notify("later")
        assert (before.texts, before.state, logs.one().texts) == ([], "STARTED", ["later"])
    assert logs.one().state == "SUCCESS"


def test_a_long_record_is_there_as_a_whole(store: bool) -> None:
    from progress_updater import TaskUpdater

    with record_tasks(store=store) as logs, TaskUpdater() as updater:
        for number in range(1_500):
            updater.notify(number)
    assert logs.one().texts == list(map(str, range(1_500)))
    assert logs.one().text.count("\n") == 1_501


# ---------------------------------------------------------------- what a failed assertion prints


def _said(error: pytest.ExceptionInfo[AssertionError]) -> tuple[str, str]:
    reason, _, tree = str(error.value).partition("\n\nWhat was recorded:\n")
    return reason, tree


def test_a_wrong_state_prints_the_tree_and_the_traceback(failed: RecordedLog) -> None:
    with pytest.raises(AssertionError) as error:
        failed.assert_state("SUCCESS")
    reason, tree = _said(error)
    assert reason == "the state is FAILURE, not SUCCESS"
    assert tree.startswith(TREE)
    assert tree.endswith("ValueError: row 2 is bad")
    assert str(failed) == tree
    assert repr(failed) == f"<{TREE.splitlines()[0]}>"


def test_other_steps_are_shown_beside_those_that_were_expected(failed: RecordedLog) -> None:
    with pytest.raises(AssertionError) as error:
        failed.assert_steps([("1 Read", "SUCCESS"), ("Save", "SUCCESS"), ("3 Mail", "IGNORED")])
    reason, tree = _said(error)
    assert reason.splitlines() == [
        "the steps are others (- expected, + recorded):",
        "  1 Read: SUCCESS",
        "- Save: SUCCESS",
        "+ Check: SUCCESS",
        "+ Save: FAILURE",
        "  3 Mail: IGNORED",
    ]
    assert tree.startswith(TREE)


@pytest.mark.parametrize(
    "steps",
    [
        [],
        [("Read", "SUCCESS")],
        [("Check", "SUCCESS"), ("Read", "SUCCESS"), ("Save", "FAILURE"), ("Mail", "IGNORED")],
        [("2 Read", "SUCCESS"), ("Check", "SUCCESS"), ("Save", "FAILURE"), ("Mail", "IGNORED")],
    ],
)
def test_steps_that_are_missing_or_in_another_order_are_others(
    failed: RecordedLog, steps: list[tuple[str, str]]
) -> None:
    with pytest.raises(RecordedOtherwise, match="the steps are others"):
        failed.assert_steps(steps)


def test_messages_are_found_by_text_or_pattern_level_and_step(failed: RecordedLog) -> None:
    failed.assert_message("3 rows found")
    failed.assert_message(re.compile(r"\d rows"), level="info", step="Read")
    failed.assert_message("no header", level="warning", step="1.1")
    failed.assert_no_message("rows")
    failed.assert_no_message("row 1")


def test_a_missing_message_is_named_and_the_tree_printed(failed: RecordedLog) -> None:
    with pytest.raises(AssertionError) as error:
        failed.assert_message("3 rows found", level="error", step="Save")
    reason, tree = _said(error)
    assert reason == "no message '3 rows found' of the level 'error' in the step 'Save'"
    assert tree.startswith(TREE)
    with pytest.raises(AssertionError, match=r"^no message matching 'x\+'"):
        failed.assert_message(re.compile("x+"))
    with pytest.raises(AssertionError, match=r"^1 x a message matching 'rows'"):
        failed.assert_no_message(re.compile("rows"))


def test_a_step_that_is_not_there_or_not_the_only_one() -> None:
    from progress_updater import TaskUpdater

    with record_tasks() as logs, TaskUpdater() as updater:
        for _ in range(2):
            with updater.step("Shop"):
                pass
    log = logs.one()
    assert log.step("2 Shop").path == "2"
    with pytest.raises(AssertionError, match=r"^no step 'Mail'\n\nWhat was recorded:\ntask: SUCCESS"):
        log.step("Mail")
    with pytest.raises(AssertionError, match=r"^several steps 'Shop'; say which: '1 Shop', '2 Shop'"):
        log.messages_in("Shop")
