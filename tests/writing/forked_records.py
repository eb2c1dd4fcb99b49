"""What the record of a process that forked has to show: all lines of parent and children, in order."""

from collections.abc import Iterator

from progress_updater.models import Message
from progress_updater.recording.lines import GAP

LINES = 5
"""Those of each child, on its own task and on the parent's."""


def lines_of(task_uuid: str) -> list[str]:
    """List what was said; a run with very many steps also says how many were not kept."""
    lines = Message.objects.filter(task_log__task_uuid=task_uuid).exclude(source=GAP)
    return list(lines.order_by("seq").values_list("text", flat=True))


def numbered(until: int) -> list[str]:
    return list(map(str, range(until)))


def faults(said: dict[str, int], forks: int, pooled: int) -> Iterator[str]:
    for name in ("records", "counts", "fails"):
        if lines_of(name) != numbered(said[name]):
            yield f"{name}: {len(lines_of(name))} lines, {said[name]} said"
    expected = (
        {f"begun {number}": ["0"] for number in range(said["begins"])}
        | {f"child {number}": numbered(LINES) for number in range(forks)}
        | {f"pool {number}": ["0"] for number in range(pooled)}
    )
    found: dict[str, list[str]] = {}
    for task_uuid, text in Message.objects.order_by("seq").values_list("task_log__task_uuid", "text"):
        found.setdefault(task_uuid, []).append(text)
    yield from (f"{name}: {found.get(name)}" for name, lines in expected.items() if found.get(name) != lines)
    yield from shared_faults(found["shared"], forks, pooled)


def shared_faults(lines: list[str], forks: int, pooled: int) -> Iterator[str]:
    by_speaker: dict[str, list[str]] = {}
    for line in lines:
        speaker, _, number = line.partition(" line ")
        by_speaker.setdefault(speaker, []).append(number)
    expected = {"parent": numbered(forks)} | {f"child {number}": numbered(LINES) for number in range(forks)}
    expected |= {f"pool {number}": ["0"] for number in range(pooled)}
    yield from (f"shared, {name}" for name in expected if by_speaker.get(name) != expected[name])
    if by_speaker.keys() != expected.keys():
        yield f"shared: {by_speaker.keys() ^ expected.keys()}"
