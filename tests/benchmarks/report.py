"""The table, for the terminal and for the documentation."""

from datetime import UTC, datetime
from textwrap import fill

from tests.benchmarks.harness import GARBAGE_COLLECTOR
from tests.benchmarks.row import Row, plain
from tests.benchmarks.sizes import Size

HEAD = ("what", "ours", "compared with", "theirs", "ratio", "wanted", "reached")

INTRODUCTION = """\
# Speed

<!-- Written by `make bench`: what is changed here by hand is lost with the next run. -->

Every figure is a ratio to something that you could use instead, measured in the same run on the same
machine. The absolute figures are those of this machine and say little about yours; the ratios say more.

Run it yourself: `make bench`, with Redis and PostgreSQL at their usual addresses (else set TEST_REDIS_URL
and TEST_POSTGRES_URL). It takes some minutes; let nothing else run meanwhile. `make test` runs a smaller
edition, and fails when a ratio is lost.
"""

HOW = """\
## How it is measured

The contenders take turns, in another order each round. {rounds} rounds count ({line_rounds} of the lines into
a database, {task_rounds} of the tasks a second, {send_rounds} of the bursts, {singles} of the single calls)
after one to warm up, and the figure is the ratio of the medians. The peak of memory is taken once. Each
comparison has a process and an empty database of its own; who sends tasks has one for each contender.
The app has its default settings, and its writer is at work while the calls are timed.

{garbage_collector}

Where there was a choice, it was made in the peer's favour. Nobody takes from the log's queue while it is
filled. Spans are exported after the measurement. The row to increment is fetched once. rich and tqdm write to
a sink that costs nothing. The founding design is asked for {founding_lines} lines only, by plain SQL, though
each line makes the next one dearer. Tasks are sent before the measurement, by a process that records
nothing. The peak of memory is that of the child process that runs the task.
"""


def table(rows: list[Row]) -> str:
    """Return the table with columns of one width each, for a terminal.

    Args:
        rows: all rows.
    """
    return aligned([HEAD, *(_cells(row) for row in rows)])


def aligned(lines: list[tuple[str, ...]]) -> str:
    """Return lines of cells with columns of one width each.

    Args:
        lines: the head, and the rows.
    """
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    return "\n".join(
        "  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip()
        for line in lines
    )


def page(rows: list[Row], machine: list[tuple[str, str]], size: Size) -> str:
    """Return the page of the documentation.

    Args:
        rows: all rows.
        machine: what is told of it.
        size: how much was measured.
    """
    how = HOW.format(
        rounds=size.rounds,
        line_rounds=size.line_rounds,
        task_rounds=size.task_rounds,
        send_rounds=size.send_rounds,
        singles=size.singles,
        garbage_collector=fill(GARBAGE_COLLECTOR, 108),
        founding_lines=f"{size.founding_lines:,}",
    )
    results = markdown([HEAD, *(_cells(row) for row in rows)])
    return "\n".join((INTRODUCTION, results, how, where(machine)))


def where(machine: list[tuple[str, str]]) -> str:
    """Return the part of a page that tells when and on which machine was measured.

    Args:
        machine: what is told of it.
    """
    told = [("Date", f"{datetime.now(UTC):%Y-%m-%d}"), *machine]
    return f"## Where\n\n{markdown([('', ''), *told])}"


def summary(rows: list[Row]) -> str:
    """Say how many of the wanted ratios are reached.

    Args:
        rows: all rows.
    """
    bound = [row for row in rows if row.verdict != "-"]
    return f"{sum(row.reached() for row in bound)} of {len(bound)} are reached."


def _cells(row: Row) -> tuple[str, ...]:
    ratio = f"{plain(row.figure)}{row.unit}"
    return row.what, row.ours, row.peer, row.theirs, ratio, row.wanted.text(row.unit), row.verdict


def markdown(lines: list[tuple[str, ...]]) -> str:
    """Return lines of cells as a table of Markdown.

    Args:
        lines: the head, and the rows.
    """
    written = [f"| {' | '.join(line)} |" for line in lines]
    return "\n".join([written[0], "|---" * len(lines[0]) + "|", *written[1:]]) + "\n"
