"""What can be done to the tasks that are ticked in the list."""

from collections import Counter
from collections.abc import Callable
from typing import Any, Final

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext, gettext_lazy, ngettext

from progress_updater import policy
from progress_updater.actions.cancel import cancel
from progress_updater.actions.refusals import BrokerAway, Refused
from progress_updater.actions.retry import retry
from progress_updater.models import TaskLog

MOST: Final = 200
"""Tasks that one request does something to."""


class ListActions:
    """Cancel tasks, and send them again; each for who has its permission."""

    def has_cancel_permission(self, request: HttpRequest) -> bool:
        """Tell whether the user may cancel tasks."""
        return policy.has_permission(request.user, "cancel")

    def has_retry_permission(self, request: HttpRequest) -> bool:
        """Tell whether the user may send tasks again."""
        return policy.has_permission(request.user, "retry")

    @admin.action(description=gettext_lazy("Cancel the selected tasks"), permissions=["cancel"])
    def cancel_selected(self, request: HttpRequest, queryset: QuerySet[TaskLog]) -> None:
        """Ask tasks to stop."""
        done = _do_to_each(request, queryset, cancel)
        if done:
            said = ngettext("%(count)d task was asked to stop.", "%(count)d tasks were asked to stop.", done)
            messages.success(request, said % {"count": done})

    @admin.action(description=gettext_lazy("Send the selected tasks again"), permissions=["retry"])
    def retry_selected(self, request: HttpRequest, queryset: QuerySet[TaskLog]) -> None:
        """Send tasks again."""
        done = _do_to_each(request, queryset, retry)
        if done:
            said = ngettext("%(count)d task was sent again.", "%(count)d tasks were sent again.", done)
            messages.success(request, said % {"count": done})


def _do_to_each(request: HttpRequest, logs: QuerySet[TaskLog], do: Callable[[TaskLog], Any]) -> int:
    """Do it to each task that allows it, say why to others it was not done, and count."""
    done, refused = 0, Counter[str]()
    ticked = list(logs[: MOST + 1])
    if len(ticked) > MOST:
        said = gettext("Nothing was done: choose at most %(most)d tasks at once.")
        messages.error(request, said % {"most": MOST})
        return 0
    for log in ticked:
        try:
            do(log)
        except Refused as refusal:
            refused[str(refusal)] += 1
        except BrokerAway as error:
            # Each further one would only wait for it again.
            messages.error(request, str(error))
            break
        else:
            done += 1
    for why, count in refused.items():
        said = ngettext("%(count)d task was left alone.", "%(count)d tasks were left alone.", count)
        messages.warning(request, f"{said % {'count': count}} {why}")
    return done
