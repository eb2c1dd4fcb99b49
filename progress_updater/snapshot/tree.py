"""The tree of an attempt's steps: paths, and which steps are jobs."""

from collections.abc import Iterable
from functools import cached_property
from typing import Final

from progress_updater import states
from progress_updater.snapshot.rows import StepNode, StepRow

_NEVER: Final = float("inf")


class Tree:
    """Know where each step of one attempt stands.

    Args:
        nodes: all steps of the attempt, in any order.
    """

    def __init__(self, nodes: Iterable[StepNode | StepRow]) -> None:
        self._nodes = sorted(nodes, key=lambda node: node.number)
        self._first_child: dict[int, int] = {}
        for node in self._nodes:
            if node.parent is not None:
                known = self._first_child.get(node.parent, node.opened_seq)
                self._first_child[node.parent] = min(known, node.opened_seq)

    @cached_property
    def paths(self) -> dict[int, str]:
        """The path of each step by its number: "1", "2.1", "2.10"."""
        paths: dict[int, str] = {}
        children: dict[int | None, int] = {}
        for number, parent in self.parents.items():
            children[parent] = place = children.get(parent, 0) + 1
            paths[number] = str(place) if parent is None else f"{paths[parent]}.{place}"
        return paths

    @cached_property
    def parents(self) -> dict[int, int | None]:
        """The number of the step around each step, by its number; None where that was not kept."""
        known: dict[int, int | None] = {}
        for node in self._nodes:  # a step has a higher number than the step around it
            known[node.number] = node.parent if node.parent in known else None
        return known

    def has_children(self, number: int, seq: int) -> bool:
        """Tell whether a step had child steps.

        Args:
            number: the step.
            seq: the cursor that counts; child steps that appeared later do not.

        Returns:
            True if it had any, planned ones included.
        """
        return self._first_child.get(number, _NEVER) <= seq

    def jobs(self, seq: int) -> tuple[int, int]:
        """Count the steps without child steps.

        Args:
            seq: the cursor that counts.

        Returns:
            Those that went well, and all of them.
        """
        jobs = [
            node for node in self._nodes if node.opened_seq <= seq and not self.has_children(node.number, seq)
        ]
        good = sum(1 for job in jobs if job.state == states.SUCCESS and job.seq <= seq)
        return good, len(jobs)

    def latest(self, limit: int, seq: int) -> set[int]:
        """Choose the steps to show where there are too many.

        Args:
            limit: how many to choose at the most.
            seq: the cursor; steps that appeared later are left out.

        Returns:
            The numbers of the running ones and of those that changed last, with all steps around them.
        """
        chosen: set[int] = set()
        shown = [node for node in self._nodes if node.opened_seq <= seq]
        for node in sorted(shown, key=lambda node: (node.state == states.STARTED, node.seq), reverse=True):
            chain = self._not_in(chosen, node.number)
            if len(chosen) + len(chain) <= limit:
                chosen.update(chain)
        return chosen

    def _not_in(self, chosen: set[int], number: int | None) -> list[int]:
        chain = []
        while number is not None and number not in chosen:
            chain.append(number)
            number = self.parents[number]
        return chain
