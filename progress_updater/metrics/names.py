"""Names of tasks as labels, of which there may not be too many."""

from collections import Counter
from collections.abc import Iterable
from typing import Final

from django.db.models import CharField
from django.db.models.functions import Coalesce

MOST: Final = 100
OTHERS: Final = "(other)"

NAME: Final = Coalesce("celery_name", "task_name", output_field=CharField())
"""Celery's name of a task where there is one: an author may write another one each time."""


class Names:
    """Keep the names that come most often; the others share one.

    Args:
        seen: a name for each task, the same name many times.
    """

    def __init__(self, seen: Iterable[str]) -> None:
        counted = sorted(Counter(seen).items(), key=lambda item: (-item[1], item[0]))
        self._kept = {name for name, _ in counted[:MOST]}

    def label(self, name: str) -> str:
        """Return the label of a name."""
        return name if name in self._kept else OTHERS
