"""The page of one task: its answer to a request."""

from typing import Any, Final

from django.contrib import admin
from django.http import Http404, HttpRequest, HttpResponseBase
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.cache import get_conditional_response
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from progress_updater import policy, snapshot, states
from progress_updater.admin.owners import name_of_owner
from progress_updater.admin.picture import picture_of
from progress_updater.models import TaskLog

TEMPLATE: Final = "admin/progress_updater/tasklog/detail.html"
LIST: Final = "admin:progress_updater_tasklog_changelist"

FRESH_FOR: Final = 10
"""Seconds after which the page of a task that goes on is another one, because its durations are."""


def tasklog_page(
    model_admin: "admin.ModelAdmin[TaskLog]",
    request: HttpRequest,
    log: TaskLog,
    extra_context: dict[str, Any],
) -> HttpResponseBase:
    """Answer with the page, or with 304 for who has it already.

    Args:
        model_admin: the admin of task logs.
        request: a GET of a user who may see all tasks.
        log: what is asked for.
        extra_context: for the template.

    Returns:
        The response.

    Raises:
        Http404: the attempt that is asked for does not exist.
    """
    etag = _etag(request, log)
    unchanged = get_conditional_response(request, etag=etag)
    if unchanged is not None:
        return unchanged
    request.current_app = model_admin.admin_site.name  # type: ignore[attr-defined]
    context = {
        **model_admin.admin_site.each_context(request),
        "opts": model_admin.opts,
        "media": model_admin.media,
        "original": log,
        "title": log.task_name,
        "has_view_permission": True,
        "list_url": reverse(LIST, current_app=model_admin.admin_site.name),
        **_picture(request, log),
        "owner": name_of_owner(log.owner),
        **extra_context,
    }
    return TemplateResponse(request, TEMPLATE, context, headers={"ETag": etag})


def _picture(request: HttpRequest, log: TaskLog) -> dict[str, Any]:
    audience = policy.audience_of(request.user)
    assert audience is not None
    try:
        return picture_of(snapshot.detail(log, audience, attempt=_attempt(request)))
    except (ValueError, snapshot.UnknownAttempt) as error:
        raise Http404(_("The task has no such attempt.")) from error


def _attempt(request: HttpRequest) -> int | None:
    number = request.GET.get("attempt")
    return None if number is None else int(number)


def _etag(request: HttpRequest, log: TaskLog) -> str:
    since = "" if states.is_finished(log.state) else int(timezone.now().timestamp()) // FRESH_FOR
    parts = (log.pk, log.seq, request.user.pk, request.GET.get("attempt", ""), get_language(), since)
    return f'W/"{"-".join(map(str, parts))}"'
