"""A record as a tree that a failed assertion prints."""

from collections.abc import Iterator, Sequence
from difflib import ndiff
from textwrap import indent
from typing import Any

from progress_updater.testing.entries import RecordedStep
from progress_updater.wording import count

_INDENT = "    "


def outline_of(record: dict[str, Any]) -> str:
    """Draw the tree of a record: names, states, counts, messages.

    Args:
        record: as the API shows it to readers of details.

    Returns:
        Lines without a newline at the end; the traceback of a failure stands last.
    """
    lines = [_of_task(record), *_inside(record, None, 1)]
    failure = record["failure"]
    if failure is not None and failure.get("traceback"):
        lines.append(indent(failure["traceback"].rstrip("\n"), _INDENT))
    return "\n".join(lines)


def _of_task(record: dict[str, Any]) -> str:
    names = [record["task_name"]]
    if record["celery_name"] not in (None, record["task_name"]):
        names.append(f"({record['celery_name']})")
    if record["attempt"] is not None and record["attempt"] > 1:
        names.append(f"attempt {record['attempt']}")
    state = record["custom_state"] or record["state"]
    return f"{' '.join(names)}: {state}{_counted(record)}{_said(record['failure'])}"


def _inside(record: dict[str, Any], parent: int | None, depth: int) -> Iterator[str]:
    """Draw what happened in a step, in the order in which it began."""
    children = [(step["start"] or "~", step) for step in record["steps"] if step["parent"] == parent]
    lines = [(line["at"], line) for line in record["messages"] if line["step"] == parent]
    for _, item in sorted([*lines, *children], key=lambda pair: pair[0]):
        if "path" in item:
            failed = _said(item["failure"]) if item["state"] == "FAILURE" else ""
            title = f"{item['path']} {item['name']}: {item['state']}{_counted(item)}{failed}"
            yield indent(title, _INDENT * depth)
            yield from _inside(record, item["id"], depth + 1)
        else:
            level = "" if item["level"] == "info" else f"[{item['level']}] "
            yield indent(f'{level}"{item["text"]}"', _INDENT * depth)


def _counted(item: dict[str, Any]) -> str:
    counted = "" if item["progress"] is None else count(item["progress"])
    return f", {counted}" if counted else ""


def _said(failure: dict[str, Any] | None) -> str:
    if failure is None:
        return ""
    where = f" ({failure['where']})" if failure["where"] else ""
    return f": {failure['type']}: {failure['text']}{where}"


def differences(expected: Sequence[tuple[str, str]], steps: Sequence[RecordedStep]) -> list[str]:
    """Compare steps with those that a test expects.

    Args:
        expected: (name or path and name, state) of each.
        steps: what was recorded.

    Returns:
        Lines with "- " expected, "+ " recorded, "  " both; nothing where all are the same.
    """
    if len(expected) == len(steps) and all(map(_is_expected, expected, steps)):
        return []
    names = {name for name, _ in expected}
    recorded = [f"{step.label if step.label in names else step.name}: {step.state}" for step in steps]
    compared = ndiff([f"{name}: {state}" for name, state in expected], recorded)
    return [line for line in compared if not line.startswith("? ")]


def _is_expected(expected: tuple[str, str], step: RecordedStep) -> bool:
    name, state = expected
    return name in (step.name, step.label) and state == step.state
