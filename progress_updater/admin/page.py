"""The page of one task: its answer to a request."""

from typing import Any, Final

from django.contrib import admin
from django.http import Http404, HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import NoReverseMatch, reverse
from django.utils import timezone
from django.utils.cache import get_conditional_response
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from progress_updater import policy, snapshot, states
from progress_updater.admin.owners import name_of_owner
from progress_updater.admin.picture import picture_of
from progress_updater.models import TaskLog

TEMPLATE: Final = "admin/progress_updater/tasklog/detail.html"
API: Final = "progress_updater:tasklog-detail"
LIST: Final = "admin:progress_updater_tasklog_changelist"

NO_ATTEMPT: Final = _("The task has no such attempt.")

FRESH_FOR: Final = 10
"""Seconds after which the page of a task that goes on is another one, because its durations are."""


def tasklog_page(
    model_admin: "admin.ModelAdmin[TaskLog]",
    request: HttpRequest,
    log: TaskLog,
    extra_context: dict[str, Any],
) -> HttpResponse:
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
    attempt = _attempt(request)
    etag = _etag(request, log, attempt)
    unchanged = get_conditional_response(request, etag=etag)
    if unchanged is not None:
        return unchanged
    request.current_app = model_admin.admin_site.name
    context = {
        **model_admin.admin_site.each_context(request),
        "opts": model_admin.opts,
        "media": model_admin.media,
        "original": log,
        "title": log.task_name,
        "has_view_permission": True,
        "list_url": reverse(LIST, current_app=model_admin.admin_site.name),
        **_picture(request, log, attempt),
        "json_url": _json_url(log, attempt),
        "owner": name_of_owner(log.owner),
        **extra_context,
    }
    return TemplateResponse(request, TEMPLATE, context, headers={"ETag": etag})


def _attempt(request: HttpRequest) -> int | None:
    number = request.GET.get("attempt")
    try:
        return None if number is None else int(number)
    except ValueError as error:
        raise Http404(NO_ATTEMPT) from error


def _picture(request: HttpRequest, log: TaskLog, attempt: int | None) -> dict[str, Any]:
    audience = policy.audience_of(request.user)
    assert audience is not None
    try:
        return picture_of(snapshot.detail(log, audience, attempt=attempt))
    except snapshot.UnknownAttempt as error:
        raise Http404(NO_ATTEMPT) from error


def _json_url(log: TaskLog, attempt: int | None) -> str | None:
    try:
        url = reverse(API, kwargs={"task_uuid": log.task_uuid})
    except NoReverseMatch:  # the project has not mounted the API
        return None
    return url if attempt is None else f"{url}?attempt={attempt}"


def _etag(request: HttpRequest, log: TaskLog, attempt: int | None) -> str:
    since = "" if states.is_finished(log.state) else int(timezone.now().timestamp()) // FRESH_FOR
    parts = (log.pk, log.seq, request.user.pk, attempt or "", get_language(), since)
    return f'W/"{"-".join(map(str, parts))}"'
