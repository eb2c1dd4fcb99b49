"""The project's addresses."""

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.urls import include, path

from shop.models import Order
from shop.tasks import pay


def pay_now(request: HttpRequest, order_id: int) -> HttpResponse:
    """Pay an order."""
    pay.delay(order_id)
    return HttpResponse(str(Order.objects.filter(paid=True).count()))


urlpatterns = [path("pay/<int:order_id>/", pay_now)]
if settings.ADOPTED:
    urlpatterns.append(path("progress/", include("progress_updater.urls")))
