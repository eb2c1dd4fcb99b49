"""The project's tasks: they know nothing of any progress."""

from celery import shared_task
from django.db import transaction

from shop.models import OldOrder, Order


@shared_task(bind=True)
def pay(self, order_id: int) -> str:
    """Take the money."""
    self.update_state(state="PAYING", meta={"order": order_id})
    with transaction.atomic():
        order = Order.objects.select_for_update().get(pk=order_id)
        order.paid = True
        order.save()
    return "paid"


@shared_task
def archive(order_id: int) -> int:
    """Move an order to the archive."""
    OldOrder.objects.create(number=str(order_id))
    return OldOrder.objects.count()


@shared_task
def lose(order_id: int) -> None:
    """Fail."""
    raise LookupError(f"order {order_id} is lost")
