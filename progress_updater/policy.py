"""Who sees what: the one place that decides it, for the API, the pages and the admin."""

from enum import Enum
from typing import Any, Final, NamedTuple

from progress_updater.models import TaskLog
from progress_updater.querysets import TaskLogQuerySet
from progress_updater.settings import current

VIEW: Final = "progress_updater.view_tasklog"
VIEW_DETAILS: Final = "progress_updater.view_tasklog_details"


PERMISSIONS: Final = {
    "cancel": "progress_updater.cancel_tasklog",
    "retry": "progress_updater.retry_tasklog",
    "delete": "progress_updater.delete_tasklog",
}
"""The permission for each action."""


class Audience(Enum):
    """For whom an answer is made."""

    OWNER = "owner"
    """The owner of a task: its name, state, progress, steps, and what its author says in public."""
    VIEWER = "viewer"
    """A reader of all tasks: what an owner sees, and whose they are and where they run."""
    DETAILS = "details"
    """A reader of everything, with tracebacks, workers and captured logs."""

    @property
    def sees_details(self) -> bool:
        """Whether tracebacks, workers and lines that are not public are shown."""
        return self is Audience.DETAILS

    @property
    def sees_all_tasks(self) -> bool:
        """Whether other people's tasks are shown, and therefore whose they are."""
        return self is not Audience.OWNER

    @property
    def sees_exception_text(self) -> bool:
        """Whether more of an exception than its type is shown."""
        return self.sees_details or current().EXCEPTION_TEXT == "owner"


def audience_of(user: Any) -> Audience | None:
    """Tell as what a user reads task logs.

    Args:
        user: any user object of the project; None or an anonymous one too.

    Returns:
        The widest audience that the user's permissions allow; None for who sees nothing at all.
    """
    if not _is_someone(user):
        return None
    if _has_permission(user, VIEW_DETAILS):
        return Audience.DETAILS
    return Audience.VIEWER if _has_permission(user, VIEW) else Audience.OWNER


def logs_visible_to(user: Any) -> TaskLogQuerySet:
    """Return the task logs that a user may see.

    Args:
        user: any user object of the project; None or an anonymous one too.

    Returns:
        All logs for readers with a permission, else the user's own, else none.
    """
    audience = audience_of(user)
    if audience is None:
        return TaskLog.objects.none()
    return TaskLog.objects.all() if audience.sees_all_tasks else TaskLog.objects.owned_by(user)


class Reader(NamedTuple):
    """Who reads: a user, and the bearer of a token, which shows what the owner of its task sees."""

    user: Any
    """Any user object of the project; None or an anonymous one too."""
    task: str | None = None
    """The id of the one task that the token is for; None without one."""

    @property
    def audience(self) -> Audience | None:
        """For whom an answer is made; None for who sees nothing at all."""
        bearer = None if self.task is None else Audience.OWNER
        return audience_of(self.user) or bearer

    @property
    def logs(self) -> TaskLogQuerySet:
        """The task logs that are seen: the user's, and that of the token."""
        logs, audience = logs_visible_to(self.user), self.audience
        if self.task is None or audience is None or audience.sees_all_tasks:
            return logs
        return logs | TaskLog.objects.filter(task_uuid=self.task)


def may(user: Any, action: str, log: TaskLog) -> bool:
    """Tell whether a user may do something to a task that the user may see.

    Args:
        user: any user object of the project.
        action: a key of PERMISSIONS.
        log: the task's log.

    Returns:
        True with the permission, and for the owner of the task where OWNER_ACTIONS has the action.
    """
    if not _is_someone(user):
        return False
    is_owner = log.owner is not None and log.owner == str(user.pk)
    return has_permission(user, action) or (is_owner and action in current().OWNER_ACTIONS)


def has_permission(user: Any, action: str) -> bool:
    """Tell whether a user may do something to all tasks that the user may see.

    Args:
        user: any user object of the project.
        action: a key of PERMISSIONS.

    Returns:
        Whether the user has the permission.
    """
    return _is_someone(user) and _has_permission(user, PERMISSIONS[action])


def _is_someone(user: Any) -> bool:
    return bool(
        getattr(user, "is_authenticated", False)
        and getattr(user, "is_active", True)
        and getattr(user, "pk", None) is not None
    )


def _has_permission(user: Any, name: str) -> bool:
    has_perm = getattr(user, "has_perm", None)
    return bool(has_perm and has_perm(name))
