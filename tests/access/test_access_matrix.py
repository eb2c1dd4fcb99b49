"""Who gets what at every address of the app, field by field: the tables in tables.py, by real requests.

What is new fails here until it has a row: an address, a method of one, a key of an answer.
"""

from collections import defaultdict
from functools import partial
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from django.urls import URLPattern

import progress_updater
from tests.access import tables
from tests.access.audiences import AUDIENCES, Answers, ask, ask_as_everybody, clients
from tests.access.endpoints import Request, fields_of, methods_of, read_request, views
from tests.access.reading import Table, line
from tests.access.records import MARKERS, TAIL, all_records

pytestmark = [
    pytest.mark.django_db(databases="__all__"),
    pytest.mark.urls("tests.access.project_urls"),
]

METHODS = {"GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE"}
REQUESTS = [read_request(*row.split()) for row in tables.STATUSES]

NOTHING = {
    "page: next", "page: previous", "tree: truncated",
    "flower: rejected", "flower: revoked", "flower: exchange", "flower: client",
}  # fmt: skip
"""Fields in which these answers have nothing for anybody: they are about no task, or nobody knows them."""

Explored = dict[Request, dict[str, Answers]]
_explored: dict[str, Explored] = {}


@pytest.fixture(params=["owner", "staff"])
def exception_text(request: Any, settings: Any) -> str:
    """Say who reads the text of an exception."""
    written = {"LOG_TAIL": TAIL, "EXCEPTION_TEXT": request.param}
    settings.PROGRESS_UPDATER = {**settings.PROGRESS_UPDATER, **written}
    return str(request.param)


@pytest.fixture
def explored(exception_text: str) -> Explored:
    """Ask for everything as everybody, once for all tests."""
    if exception_text not in _explored:
        asking = clients()
        _explored[exception_text] = {request: ask_as_everybody(asking, request) for request in REQUESTS}
    return _explored[exception_text]


def compare(seen: Table, told: Table) -> None:
    """Fail with the rows in which answers differ from a table, as they would have to stand there."""
    names = [*told, *(name for name in seen if name not in told)]
    different = [
        line(name, seen[name]) if name in seen else f"{name} is in no answer"
        for name in names
        if seen.get(name) != told.get(name)
    ]
    assert not different, "\n".join(["Now it is:", *different])


def test_every_address_and_method_has_a_row() -> None:
    there = {(method, name) for name, view in views().items() for method in methods_of(view)}
    assert {(request.method, request.name) for request in REQUESTS} == there


def test_every_urlconf_of_the_app_is_asked() -> None:
    package = Path(progress_updater.__file__).parent
    asked = set(views().values())
    for path in package.rglob("*urls.py"):
        module = import_module(".".join(path.relative_to(package.parent).with_suffix("").parts))
        patterns = getattr(module, "urlpatterns", [])  # one module of that name is about other URLs
        callbacks = [each.callback for each in patterns if isinstance(each, URLPattern)]
        assert set(callbacks) <= asked, path


def test_everybody_gets_the_status_of_the_table(explored: Explored) -> None:
    seen = {
        str(request): {audience: "/".join(map(str, sorted(got[audience].statuses))) for audience in got}
        for request, got in explored.items()
    }
    compare(seen, tables.STATUSES)


def test_everybody_sees_of_each_field_what_the_table_says(explored: Explored, exception_text: str) -> None:
    told = tables.FIELDS if exception_text == "owner" else tables.FIELDS_OF_NO_EXCEPTION
    cells: dict[str, dict[str, set[str]]] = defaultdict(partial(defaultdict, set))
    for request, got in explored.items():
        if request.has_fields:
            for name, audience, cell in cells_of(request, got):
                cells[name][audience].add(cell)
    seen = {
        name: {audience: merged(row[audience]) for audience in AUDIENCES}
        for name, row in cells.items()
        if not has_parts(name, told)
    }
    compare(seen, told)


def test_the_records_have_something_in_every_field() -> None:
    assert {name for name, row in tables.FIELDS.items() if row["superuser"] != "yes"} == NOTHING


def has_parts(name: str, told: Table) -> bool:
    """Tell whether a field is an object, or a list of objects: its keys have the rows."""
    return not name or any(each.startswith((f"{name}.", f"{name}[].")) for each in told)


def cells_of(request: Request, got: dict[str, Answers]) -> list[tuple[str, str, str]]:
    """Compare what each audience that gets an answer sees with what a superuser sees."""
    everything = fields_of(request, got["superuser"].bodies)
    found = []
    for audience in AUDIENCES:
        fields = fields_of(request, got[audience].bodies)
        for name in {**everything, **fields} if got[audience].bodies else {}:
            found.append((name, audience, cell_of(fields.get(name), everything.get(name))))
    return found


def cell_of(values: list[Any] | None, everything: list[Any] | None) -> str:
    if values is None:
        return "-"
    if all(value is None for value in values):
        return "null" if values != everything else "nothing"
    return "yes" if values == everything else "part"


def merged(cells: set[str]) -> str:
    """Sum up what an audience sees of a field in several answers; nothing is where nobody sees more."""
    told = cells - {"nothing"} or ({"null"} if cells else {"-"})
    return "/".join(sorted(told))


def test_everybody_gets_those_texts_alone_that_the_table_says(
    explored: Explored, exception_text: str
) -> None:
    told = tables.TEXTS if exception_text == "owner" else tables.TEXTS_OF_NO_EXCEPTION
    answers = [got for request, got in explored.items() if not request.name.startswith("generous:")]
    seen = {
        what: {
            audience: "yes" if any(text in got[audience].text for got in answers) else "-"
            for audience in AUDIENCES
        }
        for what, text in MARKERS.items()
    }
    compare(seen, told)


def test_a_client_of_celery_progress_is_told_of_a_task_that_is_not_its_own_what_is_told_of_an_unknown_one(
    explored: Explored,
) -> None:
    for prefix in ("celery-progress", "generous"):
        unknown = Client().get(f"/{prefix}/unknown/").json()
        name = "celery_progress" if prefix == "celery-progress" else prefix
        got = explored[Request("GET", f"{name}:task_status")]
        assert got["anonymous"].bodies == got["other"].bodies == [unknown] * 3


def test_no_address_does_anything_by_another_method() -> None:
    superuser, answered = clients()["superuser"], {}
    with all_records() as logs:
        for name, view in views().items():
            for method in METHODS - methods_of(view) if hasattr(view, "cls") else ():
                request = Request(method, name)
                answered[str(request)] = ask(superuser, "superuser", request, logs).statuses
    assert len(answered) > 50
    assert {request: statuses for request, statuses in answered.items() if statuses != {405}} == {}
