"""Changes that come from no run."""

import pytest

from progress_updater.recording.changes import Identity, LogChange, Settlement
from progress_updater.recording.guard import guard
from progress_updater.writing.sources import LaterChange, publication, settlement

IDENTITY = Identity(task_name="TEST")


def test_a_publication_is_told_until_it_is_stored() -> None:
    source = publication("t", IDENTITY)
    change = source.collect()
    assert change is not None
    assert (change.task_uuid, change.identity, change.run, change.settlement) == ("t", IDENTITY, None, None)
    assert source.collect() is change
    source.stored(change)
    assert source.collect() is None
    assert (source.held, source.is_counting) == (0, False)


def test_a_settlement_carries_the_end() -> None:
    end = Settlement(state="REVOKED", end=1.0, failure=None)
    change = settlement("t", IDENTITY, end).collect()
    assert change is not None
    assert (change.task_uuid, change.settlement, change.events) == ("t", end, 1)


def test_a_later_change_is_worked_out_once_and_told_until_it_is_stored() -> None:
    made = []

    def make() -> LogChange:
        made.append(LogChange(task_uuid="t", identity=IDENTITY, events=1))
        return made[0]

    source = LaterChange(make)
    assert made == []
    change = source.collect()
    assert change is not None
    assert (change, source.collect(), len(made)) == (made[0], made[0], 1)
    source.stored(change)
    assert source.collect() is None


@pytest.mark.usefixtures("failures")
def test_a_later_change_that_cannot_be_worked_out_is_given_up() -> None:
    def make() -> LogChange:
        raise LookupError

    before, source = guard.failures, LaterChange(make)
    assert (source.collect(), source.collect(), guard.failures) == (None, None, before + 1)
