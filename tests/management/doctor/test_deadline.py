"""Waiting that ends."""

import threading
from itertools import count

import pytest
from django.db import connections

from progress_updater.management.doctor.deadline import TooLate, until, within

LONG = 60  # seconds; nothing here takes as long unless something is wrong


def test_within_returns_what_the_work_returned() -> None:
    assert within(LONG, lambda: 7) == 7


def test_within_raises_what_the_work_raised() -> None:
    with pytest.raises(ZeroDivisionError):
        within(LONG, lambda: 1 // 0)


def test_a_time_out_of_the_work_itself_is_not_taken_for_its_own() -> None:
    def work() -> None:
        raise TimeoutError("the socket")

    with pytest.raises(TimeoutError, match="the socket"):
        within(LONG, work)


def test_within_gives_up() -> None:
    never = threading.Event()
    with pytest.raises(TooLate):
        within(0.05, lambda: never.wait(LONG))
    never.set()


@pytest.mark.django_db(transaction=True)
def test_within_leaves_no_connection_open() -> None:
    def work() -> object:
        connections["default"].ensure_connection()
        return connections["default"]

    assert within(LONG, work).connection is None


def test_until_returns_what_is_there_at_last() -> None:
    numbers = count()
    assert until(LONG, lambda: number if (number := next(numbers)) == 3 else None) == 3


def test_until_looks_at_least_once() -> None:
    assert until(0, lambda: "there") == "there"


def test_until_returns_none_when_the_time_is_over() -> None:
    assert until(0.1, lambda: None) is None
