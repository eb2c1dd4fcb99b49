"""The page that Prometheus reads: who may, and what it is."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from django.urls import path
from rest_framework.permissions import AllowAny

from progress_updater.metrics.views import Metrics
from tests.metrics.numbers import of, parsed
from tests.rows import a_log

pytestmark = pytest.mark.django_db(databases="__all__")

ADDRESS = "/metrics"
ACCEPTS = "application/openmetrics-text;version=1.0.0;q=0.5,text/plain;version=0.0.4;q=0.3,*/*;q=0.1"

urlpatterns = [path("metrics", Metrics.as_view(permission_classes=[AllowAny]))]


def test_a_reader_of_details_gets_all_numbers(a_reader: Callable[..., Client]) -> None:
    a_log("runs")
    answer = a_reader("view_tasklog_details").get(ADDRESS, headers={"accept": ACCEPTS})
    assert answer.status_code == 200
    assert answer.headers["Content-Type"] == "text/plain; version=0.0.4; charset=utf-8"
    assert answer.headers["Cache-Control"] == "no-store"
    told = parsed(answer.content.decode())
    assert of(told, "tasks", name="runs", state="STARTED") == 1
    assert of(told, "buffer_held_bytes") == 0


@pytest.mark.parametrize("permissions", [[], ["view_tasklog"]])
def test_others_get_nothing(a_reader: Callable[..., Client], permissions: list[str]) -> None:
    assert a_reader(*permissions).get(ADDRESS).status_code == 403
    assert Client().get(ADDRESS).status_code in {401, 403}


def test_a_project_may_let_in_whom_it_wants(settings: Any) -> None:
    settings.ROOT_URLCONF = __name__
    assert Client().get(ADDRESS).status_code == 200


def test_markup_in_a_name_breaks_nothing(reader: Client) -> None:
    name = 'a"b\\c\nd{e}<script>'
    a_log(name)
    assert of(parsed(reader.get(ADDRESS).content.decode()), "tasks", name=name, state="STARTED") == 1
