"""The project's own tests. They stay as they are when the app comes in."""

import threading

import pytest
from django.db import connection
from django.test import Client, TestCase, TransactionTestCase
from shop.celery import CALLS
from shop.models import Customer, OldOrder, Order
from shop.tasks import archive, lose, pay


class Paying(TestCase):
    """Pay in a transaction that is rolled back."""

    databases = {"default", "archive"}

    def setUp(self):
        self.order = Order.objects.create(customer=Customer.objects.create(number="C-1"))
        CALLS.clear()

    def test_paying_costs_four_queries(self):
        with self.assertNumQueries(4):
            assert pay.delay(self.order.pk).get() == "paid"

    def test_the_view_costs_seven_queries(self):
        with self.assertNumQueries(7):
            assert Client().get(f"/pay/{self.order.pk}/").content == b"1"

    def test_a_call_goes_through_the_projects_own_class(self):
        pay.delay(self.order.pk)
        assert CALLS == ["shop.tasks.pay"]

    def test_an_error_reaches_the_caller(self):
        with pytest.raises(LookupError, match="order 1 is lost"):
            lose.delay(1)

    def test_no_thread_is_left(self):
        before = threading.active_count()
        pay.delay(self.order.pk)
        assert threading.active_count() == before


class Archiving(TransactionTestCase):
    """Archive for good."""

    databases = {"default", "archive"}

    def test_an_order_goes_to_the_archive(self):
        assert archive.delay(5).get() == 1
        assert OldOrder.objects.get().number == "5"


@pytest.mark.django_db
def test_a_query_count_in_pytest(django_assert_num_queries):
    order = Order.objects.create(customer=Customer.objects.create(number="C-2"))
    with django_assert_num_queries(4):
        pay.delay(order.pk)


@pytest.mark.django_db
def test_the_connection_is_the_only_one(transactional_db):
    assert connection.alias == "default"
