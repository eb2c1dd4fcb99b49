"""manage.py tasklog prune: deletes by hand what one does not want to keep."""

from __future__ import annotations

import builtins
from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from progress_updater import states
from progress_updater.models import TaskLog
from tests.databases import (  # noqa: F401 (fixtures and hooks)
    database,
    execute,
    migrated,
    pytest_generate_tests,
)
from tests.rows import a_log
from tests.upkeep.logs import a_waiting_log, an_ended_log, left, rows, small_batches

pytestmark = pytest.mark.usefixtures("database")


def prune(*arguments: str) -> list[str]:
    out = StringIO()
    call_command("tasklog", "prune", *arguments, stdout=out)
    return out.getvalue().splitlines()


def test_it_deletes_what_is_older_with_all_its_rows_and_never_what_goes_on() -> None:
    young, running = an_ended_log(9), a_log()
    before = rows()
    an_ended_log(11)
    an_ended_log(12, states.FAILURE)
    assert prune("--older-than", "10", "--no-input") == ["2 logs deleted", "Done: 2 logs deleted."]
    assert left() == {young.task_uuid, running.task_uuid}
    assert rows() == before


def test_all_conditions_have_to_hold() -> None:
    kept = {
        an_ended_log(9, states.FAILURE, "shop.pay").task_uuid,
        an_ended_log(11, states.SUCCESS, "shop.pay").task_uuid,
        an_ended_log(11, states.FAILURE, "stock.pay").task_uuid,
        an_ended_log(11, states.FAILURE, "SHOP.pay").task_uuid,
        an_ended_log(11, states.FAILURE, "xshop.pay").task_uuid,
    }
    an_ended_log(11, states.FAILURE, "shop.pay")
    an_ended_log(11, states.REVOKED, "shop.pay")
    command = "--older-than", "10", "--state", "FAILURE", "--state", "REVOKED", "--name", "shop.*"
    assert prune(*command, "--no-input")[-1] == "Done: 2 logs deleted."
    assert left() == kept


@pytest.mark.parametrize(
    ("pattern", "matches"),
    [("a.b", False), ("a.b*", True), ("a?b (c)*", True), ("*[d]", True), ("*", True), ("a.b (c)", False)],
)
def test_a_pattern_has_two_wild_characters_and_no_others(pattern: str, matches: bool) -> None:
    an_ended_log(1, name="a.b (c) [d]")
    prune("--name", pattern, "--no-input")
    assert TaskLog.objects.exists() is not matches


def test_the_newest_of_each_name_are_kept() -> None:
    kept = {an_ended_log(days, name=name).task_uuid for name in ("one", "two") for days in (20, 21)}
    kept |= {an_ended_log(days, states.FAILURE, name="one").task_uuid for days in (1, 30)}
    for name in ("one", "two"):
        an_ended_log(22, name=name)
        an_ended_log(23, name=name)
    kept.add(an_ended_log(19, name="one").task_uuid)
    kept -= {TaskLog.objects.filter(task_name="one", state="SUCCESS").order_by("-created")[2].task_uuid}
    assert prune("--state", "SUCCESS", "--keep-last", "2", "--no-input")[-1] == "Done: 5 logs deleted."
    assert left() == kept


def test_the_newest_are_kept_however_old_they_are() -> None:
    kept = {an_ended_log(days).task_uuid for days in (1, 20, 21)}
    an_ended_log(22)
    prune("--older-than", "10", "--keep-last", "3", "--no-input")
    assert left() == kept
    prune("--older-than", "30", "--keep-last", "1", "--no-input")
    assert left() == kept


def test_all_of_an_owner_is_erased_but_for_what_goes_on() -> None:
    somebody_else = an_ended_log(1, owner="8")
    running, waiting = a_log(owner="7"), a_log(owner="7", started=False)
    an_ended_log(0, owner="7")
    an_ended_log(1, states.LOST, owner="7")
    lines = prune("--owner", "7", "--no-input")
    assert lines[-2] == "Done: 2 logs deleted."
    assert lines[-1].startswith("2 tasks of this owner have not ended, and stay;")
    assert left() == {somebody_else.task_uuid, running.task_uuid, waiting.task_uuid}


def test_without_a_condition_the_settings_decide(settings: Any) -> None:
    settings.PROGRESS_UPDATER = {**settings.PROGRESS_UPDATER, "KEEP": {"SUCCESS": 30}}
    kept = {
        an_ended_log(29).task_uuid,
        an_ended_log(31, states.FAILURE).task_uuid,
        a_waiting_log(99).task_uuid,
    }
    an_ended_log(31)
    prune("--no-input")
    assert left() == kept


def test_without_a_condition_what_has_waited_for_too_long_is_shown_and_deleted(settings: Any) -> None:
    settings.PROGRESS_UPDATER = {**settings.PROGRESS_UPDATER, "KEEP": {"*": 90}}
    kept = {a_waiting_log(89).task_uuid, a_log().task_uuid}
    a_waiting_log(91)
    lines = prune("--dry-run")
    assert [line.split() for line in lines] == [
        ["1", "PENDING", "TEST"],
        ["1", "log", "would", "be", "deleted."],
    ]
    prune("--no-input")
    assert left() == kept


def test_with_a_condition_only_what_has_ended_is_deleted() -> None:
    waiting = a_waiting_log(1_000)
    assert prune("--older-than", "10", "--no-input") == ["Done: 0 logs deleted."]
    assert left() == {waiting.task_uuid}


def test_a_dry_run_counts_and_deletes_nothing() -> None:
    for name, state in (("one", "SUCCESS"), ("one", "SUCCESS"), ("one", "FAILURE"), ("two", "SUCCESS")):
        an_ended_log(1, state, name)
    a_log("one")
    lines = prune("--older-than", "0", "--dry-run")
    assert [line.split() for line in lines[:-1]] == [
        ["2", "SUCCESS", "one"],
        ["1", "FAILURE", "one"],
        ["1", "SUCCESS", "two"],
    ]
    assert lines[-1] == "4 logs would be deleted."
    assert TaskLog.objects.count() == 5


def test_it_goes_on_until_nothing_is_left_however_small_the_batches_are(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    an_ended_log(1).say_many(25)
    for _ in range(3):
        an_ended_log(1)
    with small_batches(monkeypatch, rows=10):
        lines = prune("--older-than", "0", "--no-input")
    assert lines[-2:] == ["4 logs deleted", "Done: 4 logs deleted."]
    assert len(lines) > 3
    assert rows() == [0] * 5


def test_it_asks_how_many_and_a_no_deletes_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    an_ended_log(1)
    asked: list[str] = []
    monkeypatch.setattr(builtins, "input", lambda question: asked.append(question) or "")
    with pytest.raises(CommandError, match="Nothing was deleted"):
        prune("--older-than", "0")
    assert asked == ["Delete 1 log, with all that belongs to them? [y/N] "]
    assert TaskLog.objects.count() == 1
    monkeypatch.setattr(builtins, "input", lambda question: "y")
    assert prune("--older-than", "0")[-1] == "Done: 1 log deleted."
    assert prune("--older-than", "0") == ["There is nothing to delete."]


def test_where_nobody_answers_it_says_how_not_to_be_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    an_ended_log(1)

    def nobody(question: str) -> str:
        raise EOFError

    monkeypatch.setattr(builtins, "input", nobody)
    with pytest.raises(CommandError, match="--no-input"):
        prune("--older-than", "0")


def test_a_database_that_fails_is_told_with_what_was_done(database: str) -> None:  # noqa: F811
    an_ended_log(1)
    execute(database, "ALTER TABLE progress_updater_tasktag RENAME TO gone")
    try:
        with pytest.raises(CommandError, match="0 logs are deleted"):
            prune("--older-than", "0", "--no-input")
    finally:
        execute(database, "ALTER TABLE gone RENAME TO progress_updater_tasktag")
    assert TaskLog.objects.exists()


@pytest.mark.parametrize(
    ("name", "value", "says"),
    [
        ("--older-than", "-1", "write a number of days"),
        ("--older-than", "nan", "write a number of days"),
        ("--older-than", "a week", "write a number of days"),
        ("--keep-last", "0", "write a number of at least 1"),
        ("--keep-last", "1.5", "write a number of at least 1"),
        ("--state", "STARTED", "invalid choice"),
    ],
)
def test_nonsense_is_refused_with_what_to_write(name: str, value: str, says: str) -> None:
    with pytest.raises(CommandError, match=f"argument {name}: {says}"):
        prune(name, value)
