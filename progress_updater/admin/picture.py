"""What the page of one task draws: the record, with the places of its steps on the page."""

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any, Final

Record = Mapping[str, Any]

DEEPEST: Final = 8
"""Levels of steps that are indented; deeper ones stand below each other."""

THINNEST: Final = 0.6
"""Percent of the width that the bar of the shortest step has."""


def picture_of(record: dict[str, Any]) -> dict[str, Any]:
    """Prepare a record for the template.

    Args:
        record: the detail of the snapshot.

    Returns:
        The context: the record, and its steps, lines and failure with what they need of each other.
    """
    paths, shown = {step["id"]: step["path"] for step in record["steps"]}, _shown_attempt(record)
    return {
        "record": record,
        "shown": shown,
        "waited": _seconds(record["queued"], record["start"]),
        "steps": list(_steps(record, paths)),
        "lines": [{**line, "path": paths.get(line["step"])} for line in record["messages"]],
        "failure": _failure(shown["failure"] if shown else _without_attempt(record), paths),
        "missing": sum(gap["count"] for gap in record["gaps"]),
    }


def _shown_attempt(record: Record) -> Record | None:
    return next((each for each in record["attempts"] if each["number"] == record["attempt"]), None)


def _steps(record: Record, paths: Mapping[int, str]) -> Iterator[dict[str, Any]]:
    begin, length = _span(record)
    for step in sorted(record["steps"], key=lambda step: [int(part) for part in step["path"].split(".")]):
        depth = step["path"].count(".")
        yield {
            **step,
            "depth": min(depth, DEEPEST),
            "bar": _bar(step, begin, length),
            "failure": _failure(step["failure"], paths),
        }


def _span(record: Record) -> tuple[str | None, float]:
    shown = _shown_attempt(record)
    begin = shown["start"] if shown else None
    end = (shown["end"] if shown else None) or record["end"] or record["now"]
    return begin, _seconds(begin, end) or 0.0


def _bar(step: Record, begin: str | None, length: float) -> dict[str, float] | None:
    before = _seconds(begin, step["start"])
    if before is None or not length:
        return None
    left = min(100 * before / length, 100 - THINNEST)
    width = 100 * step["runtime"] / length
    return {"left": round(left, 2), "width": round(max(THINNEST, min(width, 100 - left)), 2)}


def _without_attempt(record: Record) -> Record | None:
    exception = record["exception"]
    return None if exception is None else {"type": exception, "text": None, "step": None}


def _failure(failure: Record | None, paths: Mapping[int, str]) -> dict[str, Any] | None:
    return None if failure is None else {**failure, "path": paths.get(failure["step"])}


def _seconds(start: str | None, end: str | None) -> float | None:
    if start is None or end is None:
        return None
    return max(0.0, (datetime.fromisoformat(end) - datetime.fromisoformat(start)).total_seconds())
