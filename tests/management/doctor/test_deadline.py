"""Waiting that ends."""

import threading
import time
from itertools import count

import pytest
from django.db import connections

from progress_updater.management.doctor.deadline import TooLate, until, within


def test_within_returns_what_the_work_returned() -> None:
    assert within(5, lambda: 7) == 7


def test_within_raises_what_the_work_raised() -> None:
    with pytest.raises(ZeroDivisionError):
        within(5, lambda: 1 // 0)


def test_a_time_out_of_the_work_itself_is_not_taken_for_its_own() -> None:
    def work() -> None:
        raise TimeoutError("the socket")

    with pytest.raises(TimeoutError, match="the socket"):
        within(5, work)


def test_within_gives_up() -> None:
    never = threading.Event()
    begin = time.monotonic()
    with pytest.raises(TooLate):
        within(0.05, lambda: never.wait(20))
    never.set()
    assert time.monotonic() - begin < 5


@pytest.mark.django_db(transaction=True)
def test_within_leaves_no_connection_open() -> None:
    def work() -> object:
        connections["default"].ensure_connection()
        return connections["default"]

    assert within(5, work).connection is None


def test_until_returns_what_is_there_at_last() -> None:
    numbers = count()
    assert until(5, lambda: number if (number := next(numbers)) == 3 else None) == 3


def test_until_looks_at_least_once() -> None:
    assert until(0, lambda: "there") == "there"


def test_until_returns_none_when_the_time_is_over() -> None:
    assert until(0.1, lambda: None) is None
