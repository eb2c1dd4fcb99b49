"""What is asked for: each kind of page, and each filter, as people use them."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from urllib.parse import urlencode

from progress_updater.api import cursors
from progress_updater.models import TaskLog
from progress_updater.snapshot import Position
from tests.benchmarks.lists.filling import OWNER, RARE, STEADY, task_id

API = "/api/tasklogs/"
ADMIN = "/admin/progress_updater/tasklog/"
STRIDE = 7_919
"""Each turn asks for another task, far from the one before."""

DETAILS, OWN = "details", "owner"
"""The readers: of everything, and of their own tasks only."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """What is known of the tables that are asked."""

    rows: int
    """Tasks."""

    middle: datetime
    """When the task in the middle was created."""

    newest: datetime

    def task(self, turn: int) -> int:
        """Choose the number of a task that has ended, is one of OWNER's, and begins a tree.

        Args:
            turn: counts the questions.
        """
        return 100 * (1 + turn * STRIDE % (self.rows // 100 - 2))


Address = Callable[[Table, int], str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """One kind of request."""

    what: str
    reader: str
    address: Address
    """Of a table, and the number of the turn."""


def table_of(rows: int) -> Table:
    """Look at the tables of the database that is in use.

    Args:
        rows: tasks in it.
    """
    created = TaskLog.objects.values_list("created", flat=True)
    return Table(rows=rows, middle=created.get(pk=rows // 2), newest=created.get(pk=rows))


def all_requests() -> Iterator[Request]:
    """List them, in the order of the table."""
    for what, parameters in _LISTS.items():
        yield Request(what=f"list: {what}", reader=DETAILS, address=_list(API, parameters))
    for what in (
        "first page",
        "state=FAILURE",
        "status=2",
        "tag=nightly",
        "tag=rare",
        "cursor in the middle",
    ):
        yield Request(what=f"own list: {what}", reader=OWN, address=_list(API, _LISTS[what]))
    for reader, whose in ((DETAILS, ""), (OWN, "own ")):
        for part in ("", "messages/", "steps/", "tree/", "log/"):
            yield Request(what=f"{whose}task: {part or 'detail'}", reader=reader, address=_task(part))
    for what, parameters in _ADMIN_LISTS.items():
        yield Request(what=f"admin list: {what}", reader=DETAILS, address=_list(ADMIN, parameters))
    yield Request(what="admin: one task", reader=DETAILS, address=_admin_task)
    yield Request(what="/metrics", reader=DETAILS, address=lambda _table, _turn: "/metrics")


Parameters = dict[str, str] | Callable[[Table], dict[str, str]]


def _around_the_middle(table: Table) -> dict[str, str]:
    return {
        "created_after": table.middle.isoformat(),
        "created_before": (table.middle + timedelta(hours=1)).isoformat(),
    }


def _cursor(table: Table) -> dict[str, str]:
    return {"cursor": cursors.encode(Position(values=(table.middle, table.rows // 2)))}


_LISTS: dict[str, Parameters] = {
    "first page": {},
    "oldest first": {"order": "created"},
    "cursor in the middle": _cursor,
    "state=FAILURE": {"state": "FAILURE"},
    "state=STARTED": {"state": "STARTED"},
    "state=LOST (3 rows)": {"state": "LOST"},
    "state=IGNORED (none)": {"state": "IGNORED"},
    "state=FAILURE,LOST": {"state": "FAILURE,LOST"},
    "status=0": {"status": "0"},
    "status=1": {"status": "1"},
    "status=2": {"status": "2"},
    "finished=true": {"finished": "true"},
    "finished=false": {"finished": "false"},
    "finished=false, oldest first": {"finished": "false", "order": "created"},
    "name": {"name": "Import orders"},
    "name (3 rows)": {"name": RARE},
    "name (none)": {"name": "nothing"},
    "owner": {"owner": OWNER},
    "owner (3 rows)": {"owner": RARE},
    "owner (none)": {"owner": "nobody"},
    "tag=nightly": {"tag": "nightly"},
    "tag=rare": {"tag": RARE},
    "tag (none)": {"tag": "nothing"},
    "tag of the oldest tasks only": {"tag": "long-ago"},
    "tag, cursor in the middle": lambda table: {"tag": "nightly", **_cursor(table)},
    "two tags": lambda _: {"tag": "nightly&tag=shop-2"},
    "two tags, never together": lambda _: {"tag": "nightly&tag=shop-3"},
    "about": {"about": "shop.order:1"},
    "about (3 rows)": {"about": RARE},
    "about (none)": {"about": "shop.order:none"},
    "root": lambda table: {"root": task_id(table.task(1))},
    "root (none)": {"root": "nothing"},
    "created, one hour": _around_the_middle,
    "search by id": lambda table: {"search": task_id(table.task(1))[:13]},
    "search by name": {"search": "import"},
    "search by name (3 rows)": {"search": "rare"},
    "search (none)": {"search": "nothing"},
    "owner and state": {"owner": OWNER, "state": "FAILURE"},
    "owner and state (none)": {"owner": STEADY, "state": "FAILURE"},
    "owner and finished=false": {"owner": STEADY, "finished": "false"},
    "owner and status=0 (few)": {"owner": STEADY, "status": "0"},
    "owner and name (none)": {"owner": STEADY, "name": "Import orders"},
    "owner and tag": {"owner": OWNER, "tag": "shop-10"},
    "owner and tag (none)": {"owner": STEADY, "tag": "nightly"},
    "name and state": {"name": "Task 0", "state": "FAILURE"},
    "name and state (none)": {"name": "Import orders", "state": "FAILURE"},
    "name and finished=false": {"name": "Import orders", "finished": "false"},
    "tag and state (none)": {"tag": "nightly", "state": "FAILURE"},
    "about and state (none)": {"about": "shop.order:1", "state": "FAILURE"},
    "state=FAILURE, one hour": lambda table: {"state": "FAILURE", **_around_the_middle(table)},
    "owner, cursor in the middle": lambda table: {"owner": OWNER, **_cursor(table)},
    "search, cursor in the middle": lambda table: {"search": "import", **_cursor(table)},
}

_OWN = ("first page", "state=FAILURE", "status=2", "tag=nightly", "tag=rare", "cursor in the middle")
"""What is also asked by a reader of their own tasks only."""

_ADMIN_LISTS: dict[str, Parameters] = {
    "first page": {},
    "status=0": {"status": "0"},
    "status=2": {"status": "2"},
    "state=FAILURE": {"state": "FAILURE"},
    "state=LOST (3 rows)": {"state": "LOST"},
    "name": {"name": "Import orders"},
    "name and state (none)": {"name": "Import orders", "state": "FAILURE"},
    "one day": lambda table: {
        "created__year": f"{table.newest:%Y}",
        "created__month": f"{table.newest.month}",
        "created__day": f"{table.newest.day}",
    },
    "owner": {"owner__exact": OWNER},
    "about": {"about__exact": "shop.order:1"},
    "searched by name": {"q": "import"},
    "searched by id": lambda table: {"q": task_id(table.task(1))},
    "searched (none)": {"q": "nothing"},
    "page in the middle": lambda table: {"older": f"{table.middle.isoformat()}~{table.rows // 2}"},
}


def _list(path: str, parameters: Parameters) -> Address:
    def address(table: Table, _turn: int) -> str:
        chosen = parameters(table) if callable(parameters) else parameters
        return f"{path}?{urlencode(chosen, safe='&=,')}"

    return address


def _task(part: str) -> Address:
    return lambda table, turn: f"{API}{task_id(table.task(turn))}/{part}"


def _admin_task(table: Table, turn: int) -> str:
    return f"{ADMIN}{table.task(turn)}/change/"
