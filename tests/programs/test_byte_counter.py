"""The record of a count without a total."""

from collections.abc import Callable, Iterator

import pytest

from tests.programs.byte_counter import receive
from tests.programs.conftest import Ran

pytestmark = pytest.mark.django_db(transaction=True, databases="__all__")


def test_what_arrived_is_counted_and_no_percentage_is_invented(run: Callable[..., Ran]) -> None:
    ran = run(receive, [b"x" * 10_000] * 300)
    assert len(ran.result.get()) == 64
    progress = ran.step("Receive")["progress"]
    assert (progress["current"], progress["unit"]) == (3_000_000, "bytes")
    assert (progress["total"], progress["percent"], progress["remaining"]) == (None, None, None)


def test_a_connection_that_breaks_shows_how_much_had_arrived(run: Callable[..., Ran]) -> None:
    def chunks() -> Iterator[bytes]:
        yield b"x" * 700
        raise ConnectionResetError("gone")

    ran = run(receive, chunks())
    step = ran.step("Receive")
    assert (step["state"], step["progress"]["current"]) == ("FAILURE", 700)
    assert ran.record["exception"] == "gone"
