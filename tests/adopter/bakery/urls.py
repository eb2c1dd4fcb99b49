"""The project's addresses: what is ordered is made by its workers."""

from celery import chain, chord, group
from django.http import HttpRequest, JsonResponse
from django.urls import path

from bakery.tasks import bake, mix, pack

ORDERS = {
    "chain": lambda: chain(mix.s("rolls"), bake.s(), pack.s()),
    "group": lambda: group(mix.s("rolls"), bake.s("bought dough"), mix.s("bread")),
    "chord": lambda: chord([bake.s("rolls"), bake.s("bread")], pack.s()),
}


def order(request: HttpRequest, kind: str) -> JsonResponse:
    """Order something, and tell the id of a task."""
    result = ORDERS[kind]().apply_async()
    return JsonResponse({"id": result.results[0].id if kind == "group" else result.id})


urlpatterns = [path("order/<kind>/", order)]
