"""Ask the same of many rows and of few, in turns."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import median
from time import perf_counter
from typing import Any

from django.contrib.auth import get_user_model
from django.core.management import call_command
from django.test import Client

from tests.benchmarks.harness import no_foreign_garbage
from tests.benchmarks.lists.filling import OWNER, fill
from tests.benchmarks.lists.requests import DETAILS, OWN, Request, Table, table_of
from tests.benchmarks.row import Row, Wanted, plain
from tests.databases import alias_of, migrate, uses

FEW = 1_000
AT_MOST = 5.0
"""How many times longer it may take with many rows."""

Durations = dict[tuple[str, int], list[float]]


@contextmanager
def filled(url: str, rows: int, folder: Path) -> Iterator[str]:
    """Make a database with so many tasks, and remove it at the end.

    Args:
        url: of the server.
        rows: tasks.
        folder: for files; none are made.

    Yields:
        Its alias.
    """
    with alias_of(url, folder) as alias:
        with uses(alias):
            migrate(alias)
            fill(alias, rows)
        yield alias


def clients() -> dict[str, Client]:
    """Log the readers in, each with a client of its own."""
    users: Any = get_user_model().objects
    readers = {
        OWN: users.create_user("owner", pk=int(OWNER)),
        DETAILS: users.create_superuser("staff", pk=int(OWNER) + 1),
    }
    found = {name: Client(SERVER_NAME="localhost") for name in readers}
    for name, user in readers.items():
        found[name].force_login(user)
    return found


def compared(requests: Iterable[Request], aliases: dict[int, str], turns: int) -> list[Row]:
    """Measure requests.

    Args:
        requests: what is asked.
        aliases: two databases, by the number of their tasks.
        turns: how often each request is measured in each of them, after one to warm up.

    Returns:
        A row for each request.
    """
    requests, readers, taken = list(requests), clients(), Durations()
    for turn in range(turns + 1):
        for rows, alias in aliases.items():
            with uses(alias, KEEP={}), no_foreign_garbage():
                table = table_of(rows)
                for request in requests:
                    seconds = _asked(readers[request.reader], request, table, turn)
                    if turn:
                        taken.setdefault((request.what, rows), []).append(seconds)
    return [_row(request.what, taken, max(aliases)) for request in requests]


def _asked(client: Client, request: Request, table: Table, turn: int) -> float:
    address = request.address(table, turn)
    begun = perf_counter()
    response = client.get(address)
    read = b"".join(response) if response.streaming else response.content
    seconds = perf_counter() - begun
    if response.status_code != 200:
        raise AssertionError(
            f"{request.what}: {address} is answered by {response.status_code}: {read[:500]!r}"
        )
    return seconds


def _row(what: str, taken: Durations, rows: int) -> Row:
    many, few = median(taken[what, rows]), median(taken[what, FEW])
    return Row(
        what=what,
        peer=f"{FEW:,} tasks",
        ours=f"{plain(many * 1_000)} ms",
        theirs=f"{plain(few * 1_000)} ms",
        figure=many / few,
        wanted=Wanted(at_most=AT_MOST),
    )


def make_users_table() -> None:
    """Make the tables of users and sessions."""
    call_command("migrate", database="default", verbosity=0)
