"""The search of the list."""

from django.db.models import Q, QuerySet

from progress_updater.models import TaskLog


def search(logs: QuerySet[TaskLog], term: str) -> QuerySet[TaskLog]:
    """Keep the logs whose id or name begins with a term; an index serves each of the two.

    Args:
        logs: any logs.
        term: what was typed; the whole of it counts, spaces inside included.

    Returns:
        All of them where nothing was typed.
    """
    typed = term.strip()
    if not typed:
        return logs
    return logs.filter(Q(task_uuid=typed) | Q(task_uuid__startswith=typed) | Q(task_name__startswith=typed))
