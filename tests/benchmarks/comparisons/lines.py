"""Lines of one task into a database, until the last row is seen there, against the founding design."""

from collections.abc import Callable
from statistics import median
from time import perf_counter

from django.db import connection, connections

from progress_updater import TaskUpdater
from progress_updater.models import Message
from progress_updater.settings import current
from progress_updater.writing.channels import flush
from tests.benchmarks.harness import no_foreign_garbage
from tests.benchmarks.row import Row, Wanted, plain
from tests.benchmarks.sizes import Size

STORED_WITHIN = 300  # seconds
TEXT = "Some notification related to the task {}"
WARM_UP = 500  # lines


def compare_lines(what: str, size: Size, at_least: float) -> list[Row]:
    """Compare the rates, in turns.

    Args:
        what: the database, for people.
        size: how many lines, and how many rounds.
        at_least: how many times faster than the founding design is wanted.

    Returns:
        One row.
    """
    founding = FoundingDesign()
    _ours(WARM_UP)
    founding.lines(WARM_UP)
    ours, theirs, missing = [], [], 0
    for _ in range(size.line_rounds):
        theirs.append(_timed(founding.lines, size.founding_lines))
        ours.append(_timed(_ours, size.lines))
        missing = max(missing, size.lines - _stored())
    return [_row(what, size, median(ours), median(theirs), at_least, missing)]


def _row(what: str, size: Size, ours: float, theirs: float, at_least: float, missing: int) -> Row:
    return Row(
        what=f"{size.lines:,} lines of one task into {what}, until the last is seen",
        peer=f"the founding design: an UPDATE of the whole text per line (rate of {size.founding_lines:,})",
        ours=f"{plain(1 / ours)} lines/s",
        theirs=f"{plain(1 / theirs)} lines/s",
        figure=theirs / ours,
        unit="x faster",
        wanted=Wanted(at_least=at_least),
        note=f"{missing:,} lines are missing, as a counted gap" if missing else "",
    )


def _timed(run: Callable[[int], None], lines: int) -> float:
    with no_foreign_garbage():
        begun = perf_counter()
        run(lines)
        return (perf_counter() - begun) / lines


def _ours(lines: int) -> None:
    with TaskUpdater(task_name="benchmark") as updater:
        for number in range(lines):
            updater.notify(TEXT.format(number))
        if not flush(STORED_WITHIN):
            raise TimeoutError(f"The lines were not stored within {STORED_WITHIN} seconds.")
        _ = _stored()


def _stored() -> int:
    """Count the lines of the latest task that another connection sees."""
    with connections[current().DATABASE].cursor() as cursor:
        table = Message._meta.db_table
        cursor.execute(
            f"SELECT count(*) FROM {table} WHERE source = 'notify'"
            f" AND attempt_id = (SELECT max(attempt_id) FROM {table})"
        )
        return int(cursor.fetchone()[0])


class FoundingDesign:
    """One text per task, written as a whole with each line; without an ORM, in its favour."""

    def __init__(self) -> None:
        with connection.cursor() as cursor:
            cursor.execute("CREATE TABLE founding_log (id integer PRIMARY KEY, log text NOT NULL)")
        self._latest = 0

    def lines(self, lines: int) -> None:
        """Record a task of so many lines."""
        self._latest += 1
        text = ""
        with connection.cursor() as cursor:
            cursor.execute("INSERT INTO founding_log (id, log) VALUES (%s, '')", [self._latest])
            for number in range(lines):
                text += f"\t{TEXT.format(number)}\n"
                cursor.execute("UPDATE founding_log SET log = %s WHERE id = %s", [text, self._latest])
