"""Tests that the project's developers add when they have the app."""

import pytest
from django.test import TestCase
from shop.celery import CALLS
from shop.models import Customer, Order
from shop.tasks import archive, lose, pay

from progress_updater.testing import record_tasks


@pytest.fixture
def order(db):
    return Order.objects.create(customer=Customer.objects.create(number="C-3"))


def test_paying_is_recorded_without_a_query_of_its_own(task_logs, order, django_assert_num_queries):
    with django_assert_num_queries(4):
        pay.delay(order.pk)
    assert task_logs.one(pay).state == "SUCCESS"


def test_a_call_through_the_projects_own_class_is_recorded_once(task_logs):
    CALLS.clear()
    with pytest.raises(LookupError):
        lose(1)
    log = task_logs.one("shop.tasks.lose")
    assert (log.state, log.exception, CALLS) == ("FAILURE", "order 1 is lost", ["shop.tasks.lose"])


def test_nothing_is_left_of_the_test_before(task_logs):
    assert not task_logs


@pytest.mark.django_db(databases=["default", "archive"])
def test_rows_are_stored_and_the_api_finds_them(task_logs_in_database):
    from progress_updater.models import TaskLog

    archive.delay(5)
    assert TaskLog.objects.get().task_uuid == task_logs_in_database.one(archive).task_uuid


@pytest.mark.django_db
def test_no_row_is_left_of_the_test_before():
    from progress_updater.models import TaskLog

    assert not TaskLog.objects.exists()


class Losing(TestCase):
    """As unittest has it."""

    def test_an_order_that_is_lost(self):
        with record_tasks(store=True) as logs, pytest.raises(LookupError):
            lose.delay(1)
        logs.one(lose).assert_state("FAILURE")
