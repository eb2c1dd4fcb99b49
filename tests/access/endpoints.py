"""Which addresses there are, how each is asked, and which fields an answer has."""

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from typing import Any, Final, NamedTuple

from django.urls import URLPattern, URLResolver, get_resolver, reverse

from tests.access.records import FAILED, FOREIGN, RUNNING, SUCCEEDED
from tests.rows import ALog

HOST: Final = "progress_updater:"

OF_ONE_TASK: Final = {"task_uuid", "task_id", "taskid", "object_id"}
VALUES: Final = {"group_id": "the-group", "name": "start.js"}
TARGETS: Final = {
    f"POST {HOST}tasklog-cancel": RUNNING,
    f"POST {HOST}tasklog-retry": SUCCEEDED,
    f"DELETE {HOST}tasklog-detail": SUCCEEDED,
}
"""The task to which something is done; of the others all are asked."""

WITHOUT_FIELDS: Final = ("admin:", f"{HOST}schema", f"{HOST}docs", f"{HOST}metrics")
"""Pages, and documents that are about no task."""

FIELDS_OF: Final = {
    f"{HOST}tasklog-list": [("results[].", ""), ("", "page: ")],
    f"{HOST}tasklog-messages": [("results[].", "messages[]."), ("", "page: ")],
    f"{HOST}tasklog-steps": [("results[].", "steps[]."), ("", "page: ")],
    f"{HOST}tasklog-tree": [("", "tree: ")],
    "celery_progress:task_status": [("", "celery-progress: ")],
    "celery_progress:group_status": [("", "celery-progress group: ")],
    "generous:task_status": [
        ("result.", "celery-progress: result where owners see it"),
        ("", "celery-progress: "),
    ],
    "generous:group_status": [("", "celery-progress group: ")],
    "flower:task_info": [("", "flower: ")],
    "flower:tasks": [("*.", "flower: ")],
    "flower:task_types": [("", "flower types: ")],
}
"""How the fields of an answer are called in the table, where they are not those of a record."""

OPAQUE: Final = frozenset({"args", "kwargs", "options", "data", "process"})
_TIME: Final = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z")
_IDS: Final = {SUCCEEDED, FAILED, RUNNING, FOREIGN}
_NESTED: Final = re.compile(r"(children\[\]\.)+")
_VOLATILE: Final = ("runtime", "remaining", "timestamp", "received", "started")
"""What differs between two answers about the same."""


class Request(NamedTuple):
    """A way to ask: of a row of the table of statuses."""

    method: str
    name: str
    query: str = ""

    def __str__(self) -> str:
        return f"{self.method} {self.name}{self.query}"

    @property
    def has_fields(self) -> bool:
        """Whether the answer has fields of tasks."""
        return not self.name.startswith(WITHOUT_FIELDS)

    def addresses(self, logs: dict[str, ALog]) -> Iterator[tuple[str, str]]:
        """List the ids of the tasks that are asked for, with the addresses."""
        parameters = PARAMETERS[self.name]
        asked = [TARGETS[str(self)]] if str(self) in TARGETS else list(logs)
        for task in asked if parameters & OF_ONE_TASK else asked[:1]:
            own = {"object_id": logs[task].pk}
            values = {name: VALUES.get(name, own.get(name, task)) for name in parameters}
            yield task, reverse(self.name, kwargs=values) + self.query


def read_request(method: str, address: str) -> Request:
    """Read a row of the table of statuses."""
    name, mark, query = address.partition("?")
    return Request(method, name, mark + query)


def views() -> dict[str, Any]:
    """Return all views of the app, by the names of their addresses."""
    found = dict(_views(get_resolver("tests.access.project_urls"), ""))
    return {name: view for name, (view, _) in found.items()}


def _views(resolver: URLResolver, around: str) -> Iterator[tuple[str, tuple[Any, set[str]]]]:
    for each in resolver.url_patterns:
        if isinstance(each, URLResolver):
            yield from _views(each, f"{around}{each.namespace}:" if each.namespace else around)
        elif _is_ours(each, around):
            yield f"{around}{each.name}", (each.callback, set(each.pattern.regex.groupindex))


def _is_ours(pattern: URLPattern, around: str) -> bool:
    if around == "admin:":
        return str(pattern.name).startswith("progress_updater_")
    return bool(around)


PARAMETERS: Final = {
    name: parameters for name, (_, parameters) in _views(get_resolver("tests.access.project_urls"), "")
}


def methods_of(view: Any) -> set[str]:
    """List what a view does; HEAD and OPTIONS aside."""
    kind = getattr(view, "cls", None)
    if kind is None:
        return {"GET"}
    named = {method for method in kind.http_method_names if hasattr(kind, method)}
    return {method.upper() for method in named - {"head", "options"}} | set(kind.also)


def fields_of(request: Request, bodies: Iterable[Any]) -> dict[str, list[Any]]:
    """List the values of all fields of some answers about the owner's tasks, by their names in the table.

    Args:
        request: what was asked.
        bodies: JSON, or texts.
    """
    found: dict[str, list[Any]] = defaultdict(list)
    for body in bodies:
        for path, values in _leaves("", body):
            found[_renamed(request, path)].extend(values)
    return {name: sorted(values, key=repr) for name, values in found.items()}


def _leaves(path: str, value: Any) -> Iterator[tuple[str, list[Any]]]:
    name = path.rpartition(".")[2]
    if isinstance(value, dict) and value and name not in OPAQUE:
        if FOREIGN in {value.get("task_uuid"), value.get("uuid")}:
            return
        for key, inner in value.items():
            shown = "*" if key in _IDS else key
            yield from _leaves(f"{path}.{shown}" if path else shown, inner)
    elif isinstance(value, list) and name not in OPAQUE:
        yield f"{path}[]", []
        for inner in value:
            yield from _leaves(f"{path}[]", inner)
    else:
        yield path or "log", [_steady(name, value)]


def _steady(name: str, value: Any) -> Any:
    if isinstance(value, str) and _TIME.fullmatch(value):
        return "a time"
    return "a number" if name in _VOLATILE and value is not None else value


def _renamed(request: Request, path: str) -> str:
    whole = _NESTED.sub("children[].", f"{path}.")
    for before, now in FIELDS_OF.get(request.name, ()):
        if whole.startswith(before):
            return (now + whole.removeprefix(before)).removesuffix(".")
    return path
