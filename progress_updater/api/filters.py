"""Which query parameters each address takes; the OpenAPI document is made from the same classes."""

from datetime import UTC
from typing import Any, Final

from django.utils.translation import gettext_lazy as _
from rest_framework import serializers

from progress_updater import snapshot, states
from progress_updater.api.parameters import Choice, Moment, Parameters, Seconds, Several, Text
from progress_updater.api.tokens import TokenField

LEVELS: Final = ("debug", "info", "warning", "error", "critical")
LONGEST_WAIT: Final = 30  # seconds
LARGEST_PAGE: Final = 1_000
MOST_TAGS: Final = 10  # each of them is a join, and databases limit these
_LARGEST_SEQ: Final = 2**63 - 1
_LARGEST_ATTEMPT: Final = 2**31 - 1

_FIELDS: Final = _("Only these keys, separated by commas.")
_OMIT: Final = _("All keys but these, separated by commas.")
_CURSOR: Final = _("A place in the list, from the links “previous” and “next”.")
_ATTEMPT: Final = _("The number of an attempt.")


def _keys(known: Any, help_text: Any) -> Several:
    return Several(child=Choice(choices=list(known)), required=False, help_text=help_text)


def _page_size(default: int) -> serializers.IntegerField:
    help_text = _("Entries of a page.")
    return serializers.IntegerField(min_value=1, max_value=LARGEST_PAGE, default=default, help_text=help_text)


def _number(largest: int, help_text: Any, smallest: int = 1) -> serializers.IntegerField:
    return serializers.IntegerField(
        min_value=smallest, max_value=largest, required=False, help_text=help_text
    )


def _text(help_text: Any, **options: Any) -> Text:
    return Text(required=False, help_text=help_text, **options)


def _moment(help_text: Any) -> serializers.DateTimeField:
    return Moment(input_formats=["iso-8601"], default_timezone=UTC, required=False, help_text=help_text)


class TaskParameters(Parameters):
    """What all addresses take that show one task."""

    token = TokenField(
        required=False,
        allow_blank=True,
        help_text=_(
            "A token for this task, for who is not logged in; it is not repeated in links. "
            "The header X-Task-Token takes it too."
        ),
    )


class DetailParameters(TaskParameters):
    """What the record of a task takes."""

    after = _number(_LARGEST_SEQ, _("Only what changed after this “seq”: the answer is a delta."), smallest=0)
    attempt = _number(_LARGEST_ATTEMPT, _ATTEMPT)
    fields = _keys(snapshot.DELTA, _FIELDS)  # type: ignore[assignment]
    omit = _keys(snapshot.DELTA, _OMIT)
    wait = Seconds(
        min_value=0,
        max_value=LONGEST_WAIT,
        default=0.0,
        help_text=_(
            "Seconds to wait for a change: of “after”, of the entity tag in If-None-Match, or of now. "
            "A finished task is not waited for."
        ),
    )


class ListParameters(Parameters):
    """What the list of tasks takes."""

    state = Several(
        child=Choice(choices=list(states.STATES)), required=False, help_text=_("In one of these states.")
    )
    status = serializers.ChoiceField(
        choices=[states.STATUS_BAD, states.STATUS_GOOD, states.STATUS_UNFINISHED],
        required=False,
        help_text=_("1 for a good end, 0 for a bad end, 2 while there is no end."),
    )
    finished = serializers.BooleanField(required=False, help_text=_("Whether nothing follows any more."))
    name = _text(_("The whole name of the task."))
    owner = _text(_("The primary key of the user whose task it is."))
    tag = serializers.ListField(
        child=Text(),
        required=False,
        max_length=MOST_TAGS,
        help_text=_("With this tag; with all of them if it is given several times, 10 times at the most."),
    )
    about = _text(_("What the task is about: “app.model:pk”."))
    root = _text(  # type: ignore[assignment]
        _("The id of the task that began the workflow."), max_length=1_000
    )
    created_after = _moment(_("Created at this time or later."))
    created_before = _moment(_("Created before this time."))
    search = _text(_("The beginning of the task's id or of its name."))
    order = Choice(
        choices=["-created", "created"], default="-created", help_text=_("Newest, or oldest, first.")
    )
    cursor = _text(_CURSOR, max_length=1_000)
    page_size = _page_size(50)
    fields = _keys(snapshot.ITEM, _FIELDS)  # type: ignore[assignment]
    omit = _keys(snapshot.ITEM, _OMIT)


class MessagesParameters(TaskParameters):
    """What the lines of a task take."""

    attempt = _number(_LARGEST_ATTEMPT, _ATTEMPT)
    step = _number(_LARGEST_SEQ, _("Said in this step itself: its “id”."))
    level = Choice(choices=LEVELS, required=False, help_text=_("Of this level or a more serious one."))
    search = _text(_("A part of the text, in whatever case."))
    order = Choice(choices=["seq", "-seq"], default="seq", help_text=_("Oldest, or newest, first."))
    cursor = _text(_CURSOR, max_length=1_000)
    page_size = _page_size(100)


class StepsParameters(TaskParameters):
    """What the steps of a task take."""

    attempt = _number(_LARGEST_ATTEMPT, _ATTEMPT)
    parent = _number(  # type: ignore[assignment]
        _LARGEST_SEQ, _("Child steps of this step: its “id”.")
    )
    state = Several(
        child=Choice(choices=list(states.STATES)), required=False, help_text=_("In one of these states.")
    )
    search = _text(_("A part of the name, in whatever case."))
    order = Choice(choices=["id", "-id"], default="id", help_text=_("First, or last, step first."))
    cursor = _text(_CURSOR, max_length=1_000)
    page_size = _page_size(100)


class LogParameters(TaskParameters):
    """What the text of a task takes."""

    attempt = _number(_LARGEST_ATTEMPT, _ATTEMPT)


def keys_wanted(parameters: dict[str, Any], known: Any) -> set[str] | None:
    """Work out which keys an answer has.

    Args:
        parameters: what was read, with "fields" and "omit" where given.
        known: all keys.

    Returns:
        The keys to make, None for all.
    """
    if "fields" not in parameters and "omit" not in parameters:
        return None
    return set(parameters.get("fields", known)) - set(parameters.get("omit", ()))


def levels_from(level: str | None) -> tuple[str, ...] | None:
    """Return a level and the more serious ones, None for None."""
    return None if level is None else LEVELS[LEVELS.index(level) :]
