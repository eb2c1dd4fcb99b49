"""Changes that come from no run."""

from progress_updater.recording.changes import Identity, Settlement
from progress_updater.writing.sources import publication, settlement

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
