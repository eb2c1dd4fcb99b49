"""The table of the lists, and its page of the documentation."""

from tests.benchmarks.lists.measuring import FEW
from tests.benchmarks.report import markdown, where
from tests.benchmarks.row import Row, plain

INTRODUCTION = """\
# Lists of many tasks

<!-- Written by `make bench-lists`: what is changed here by hand is lost with the next run. -->

How long the API and the admin take to answer with {rows} tasks in PostgreSQL, of {messages} lines and
{steps} steps each, beside the same requests with {few} tasks. Only the ratio counts: no answer should take
more than 5 times as long. {reached} of {measured} requests stay below that.

Run it yourself: `make bench-lists`, with PostgreSQL at its usual address (else set TEST_POSTGRES_URL).
`make test` runs an edition with 20,000 tasks.
"""

HOW = """\
## How it is measured

The tasks are those of a shop that sends one a second. One tenth of them have the name, owner, tag or subject
that is asked for; three have a rare one; 7 in 100 have failed. The requests go through Django's test client,
with session and permissions, to both databases in turns. {turns} turns count after one to warm up, and the
figure is the ratio of the medians. Details are asked of another task each time. Filling took {filled:.0f} s.

## What takes longer

Lists are read from an index that has the tasks of one owner, name, subject, state or tag in their order, up
to the last one of the page. A second filter passes over what does not match: by state, and by name where the
owner is asked for, the index itself does, at about 10 ms for 100,000 tasks. A tag knows nothing else of its
task: a tag that 100,000 tasks carry, together with a filter that none of them meets, looks at each of these
tasks. So do two such tags that no task has both. What is rare is found at once.
"""


def head(rows: int) -> tuple[str, ...]:
    """Return the head of the table."""
    return ("what", f"{rows:,} tasks", f"{FEW:,} tasks", "ratio", "wanted", "reached")


def cells(row: Row) -> tuple[str, ...]:
    """Return a line of the table."""
    return (
        row.what,
        row.ours,
        row.theirs,
        f"{plain(row.figure)}{row.unit}",
        row.wanted.text(row.unit),
        row.verdict,
    )


def page(measured: list[Row], rows: int, machine: list[tuple[str, str]], **told: float) -> str:
    """Return the page of the documentation.

    Args:
        measured: all rows of the table.
        rows: tasks.
        machine: what is told of it.
        told: "messages" and "steps" of a task, "turns", and "filled", the seconds that it took to fill.
    """
    introduction = INTRODUCTION.format(
        rows=f"{rows:,}",
        few=f"{FEW:,}",
        reached=sum(row.reached() for row in measured),
        measured=len(measured),
        **told,
    )
    table = markdown([head(rows), *map(cells, measured)])
    return "\n".join((introduction, table, HOW.format(**told), where(machine)))
