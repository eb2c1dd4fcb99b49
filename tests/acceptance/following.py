"""Follow the trees of canvases as a reader does: by asking again and again."""

import time
from collections import Counter, defaultdict
from typing import Any

from progress_updater import snapshot, states
from progress_updater.models import TaskLog
from progress_updater.policy import Audience
from progress_updater.writing.channels import flush
from tests.acceptance.app import app
from tests.acceptance.canvas_fates import KINDS
from tests.acceptance.canvases import Canvas

WITHIN = 180  # seconds

ORDER = {states.PENDING: 0, states.STARTED: 1, states.RETRY: 1, states.LOST: 1}


class Followed:
    """A canvas that goes on.

    Attributes:
        faults: what a reader could wonder about.
    """

    def __init__(self, name: str, canvas: Canvas) -> None:
        self.name = name
        self.faults: list[str] = []
        self._canvas = canvas
        self._percent = 0.0
        self._states: dict[str, str] = {}
        result = canvas.make().apply_async()
        assert flush(60)
        # Of a bare group the result is that of the group.
        member = result.id if TaskLog.objects.filter(task_uuid=result.id).exists() else result.results[0].id
        self._member = TaskLog.objects.get(task_uuid=member)
        for label in canvas.revoked:
            app.control.revoke(self._known(label))
        self.look()
        self._expect_at_once(self._labels())

    def _known(self, label: str) -> str:
        tree = self._member.tree
        family = TaskLog.objects.filter(tree=tree) if tree else TaskLog.objects.filter(pk=self._member.pk)
        return family.get(task_name=label).task_uuid

    def look(self) -> dict[str, Any]:
        """Look at the tree, and note what is wrong."""
        self._member.refresh_from_db()
        picture = snapshot.canvas(self._member, TaskLog.objects.all(), Audience.DETAILS)
        self._tasks = list(_tasks(picture["children"]))
        percent = picture["whole"]["percent"]
        if percent < self._percent:
            self.faults.append(f"{self._percent} % fell to {percent} %")
        self._percent = percent
        for task in self._tasks:
            before = self._states.get(task["task_uuid"], states.PENDING)
            if ORDER.get(before, 2) > ORDER.get(task["state"], 2) or (
                before != task["state"] and before in states.TERMINAL - {states.LOST}
            ):
                self.faults.append(f"{task['task_name']} went from {before} to {task['state']}")
            self._states[task["task_uuid"]] = task["state"]
        return picture

    def has_ended(self) -> bool:
        """Whether all tasks that there will be have ended."""
        self.look()
        names = self._labels()
        return len(names) == len(self._all(with_later=True)) and all(
            states.is_finished(state) and state != states.LOST for state in self._states.values()
        )

    def is_counted(self) -> bool:
        """Whether the counts of the tree say that all has ended."""
        whole = self._whole()
        return bool(whole["done"] == whole["tasks"] == len(self._all(with_later=True)))

    def _whole(self) -> dict[str, Any]:
        """Return what was counted; of a task alone nothing is counted."""
        (item,) = snapshot.items([TaskLog.objects.get(pk=self._member.pk)], Audience.DETAILS)
        whole: dict[str, Any] = item["whole"] or self.look()["whole"]
        return whole

    def summary(self) -> dict[str, Any]:
        """Return the labels by state, and how far the whole is as it was counted."""
        found: dict[str, list[str]] = defaultdict(list)
        for task in self._tasks:
            found[task["state"]].append(task["task_name"])
        whole = self._whole()
        return {
            "states": {state: sorted(labels) for state, labels in found.items()},
            "whole": [whole["tasks"], whole["done"], whole["percent"]],
            "failed": whole["failed"],
            "faults": self.faults,
        }

    def _labels(self) -> list[str]:
        return [task["task_name"] for task in self._tasks]

    def _all(self, *, with_later: bool) -> list[str]:
        _, good, failed, never, revoked, later = self._canvas
        return [*good, *failed, *never, *revoked, *(later if with_later else ())]

    def _expect_at_once(self, found: list[str]) -> None:
        """Expect all that was known when it was sent; a quick worker may have sent what follows, too."""
        known, whole = self._all(with_later=False), self._all(with_later=True)
        if Counter(known) - Counter(found) or Counter(found) - Counter(whole):
            self.faults.append(f"at once: {found}, not {known}")


def follow(kind: str) -> dict[str, Any]:
    """Send all canvases of a kind, follow them to their end, and return their summaries."""
    followed = [Followed(name, canvas) for name, canvas in KINDS[kind].items()]
    end = time.monotonic() + WITHIN
    while time.monotonic() < end:
        # All of them, each time: what falls or goes back in between is to be seen.
        ended = [each.has_ended() for each in followed]
        if all(ended) and all(each.is_counted() for each in followed):
            break
        time.sleep(0.02)
    return {each.name: each.summary() for each in followed}


def _tasks(nodes: list[dict[str, Any]]) -> Any:
    for node in nodes:
        if node["kind"] == "task":
            yield node
        yield from _tasks(node["children"])
