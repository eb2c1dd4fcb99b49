"""Halving a change loses nothing, and a single row can be made harmless."""

from dataclasses import replace
from typing import Any

from progress_updater.recording.changes import CountChange, Identity, LogChange
from progress_updater.writing.poison import REFUSED, defused, parts
from tests.writing.changes import FAILURE, a_change, a_line, a_run, a_settlement, a_step, told

CHANGE = told(
    a_change(
        "t",
        a_run(
            "r",
            "SUCCESS",
            steps=[a_step(1, 1), a_step(2, 5, opened_event=3)],
            messages=[a_line(2), a_line(4), a_line(6)],
        ),
        identity=Identity(task_name="TEST", tags=("red",)),
        events=7,
    ),
    end_event=7,
)


def smallest(change: LogChange) -> list[LogChange]:
    """Split until nothing can be split."""
    pieces = parts([change])
    return [leaf for (piece,) in pieces for leaf in smallest(piece)] if pieces else [change]


def _rows(changes: list[LogChange], name: str) -> list[Any]:
    return [row for change in changes for row in getattr(change.run, name)]


def test_many_changes_are_halved() -> None:
    changes = [a_change(uuid) for uuid in "abcde"]
    assert parts(changes) == [changes[:2], changes[2:]]


def test_a_change_of_the_log_alone_is_one_row() -> None:
    assert parts([a_change("t")]) == parts([a_settlement("t")]) == parts([a_change("t", a_run("r"))]) == []


def test_each_row_comes_alone_and_none_is_lost() -> None:
    leaves = smallest(CHANGE)
    assert [row.number for row in _rows(leaves, "steps")] == [1, 2]
    assert [row.n for row in _rows(leaves, "messages")] == [2, 4, 6]
    assert {len(leaf.run.steps) + len(leaf.run.messages) for leaf in leaves if leaf.run} == {0, 1}


def test_the_log_comes_last_and_alone_says_who_and_how_it_ended() -> None:
    *lines, log = smallest(CHANGE)
    assert log.run is not None
    assert log.run.task is not None
    assert (log.identity, log.run.attempt_changed, log.run.task.end_event, log.events) == (
        CHANGE.identity,
        True,
        1,
        1,
    )
    for leaf in lines:
        assert leaf.run is not None
        assert (leaf.run.task, leaf.run.attempt_changed, leaf.new_identity) == (None, False, False)
        assert leaf.identity.task_name == "?"


def test_events_are_numbered_anew_in_their_old_order() -> None:
    first, _ = parts([CHANGE])
    (lines,) = first
    assert lines.run is not None
    assert lines.events == 6
    steps, messages = (piece[0] for piece in parts(first))
    assert steps.run is not None
    assert messages.run is not None
    assert [(row.opened_event, row.event) for row in steps.run.steps] == [(1, 1), (2, 3)]
    assert [row.event for row in messages.run.messages] == [1, 2, 3]
    assert (steps.events, messages.events) == (3, 3)


def test_the_lines_of_a_forked_child_are_halved_too() -> None:
    child = a_change("t", a_run("r", leads=False, messages=[a_line(1), a_line(2)]))
    assert [row.n for row in _rows(smallest(child), "messages")] == [1, 2]


def test_a_refused_line_becomes_a_gap_in_the_same_place() -> None:
    line = a_line(2, 1, text="bad", data='"bad"', replace="bad", level="bad", replaces=(1,))
    change = defused(a_change("t", a_run("r", leads=False, messages=[line])))
    assert change.run is not None
    (gap,) = change.run.messages
    assert gap == replace(line, text=REFUSED, data='{"count":1}', level="warning", replace=None, source="gap")


def test_a_refused_step_keeps_its_place_in_the_tree() -> None:
    step = a_step(
        2, 3, 1, parent=1, name="bad", failure=FAILURE, count=CountChange(unit="bad"), state="FAILURE"
    )
    change = defused(a_change("t", a_run("r", leads=False, steps=[step])))
    assert change.run is not None
    assert change.run.steps == [replace(step, name="?", failure=None, count=CountChange())]


def test_a_refused_log_keeps_its_state() -> None:
    run = a_run("r", "FAILURE")
    run.attempt.failure, run.attempt.worker = FAILURE, "bad"
    bad = told(
        a_change("t", run, identity=Identity(task_name="bad", owner="bad")),
        message="bad", exception="bad", exception_type="bad", custom_state="bad", steps_done=3,
    )  # fmt: skip
    change = defused(bad)
    assert "bad" not in repr(change)
    assert change.run is not None
    assert change.run.task is not None
    assert (change.run.task.state, change.run.task.steps_done, change.run.attempt.state) == (
        "FAILURE",
        3,
        "FAILURE",
    )


def test_a_refused_settlement_keeps_its_state() -> None:
    change = defused(a_settlement("t", "REVOKED"))
    assert change.settlement is not None
    assert (change.settlement.state, change.settlement.failure) == ("REVOKED", None)
