"""The shape of every answer, for the OpenAPI document. The snapshot makes them; a test compares both."""

from typing import Any, Final

from django.utils.translation import gettext_lazy as _
from rest_framework import serializers

from progress_updater import states
from progress_updater.api.bodies import JsonBoolean, JsonSeconds

Shape = serializers.Serializer[Any]


def _text(help_text: Any = None, **options: Any) -> serializers.CharField:
    return serializers.CharField(help_text=help_text, **options)


def _text_or_null(help_text: Any = None) -> serializers.CharField:
    return _text(help_text, allow_null=True)


def _time(help_text: Any = None, **options: Any) -> serializers.DateTimeField:
    return serializers.DateTimeField(help_text=help_text, **options)


def _time_or_null(help_text: Any = None) -> serializers.DateTimeField:
    return _time(help_text, allow_null=True)


def _number_or_null(help_text: Any = None) -> serializers.FloatField:
    return serializers.FloatField(allow_null=True, help_text=help_text)


def _integer(help_text: Any = None, **options: Any) -> serializers.IntegerField:
    return serializers.IntegerField(help_text=help_text, **options)


def _json(help_text: Any) -> serializers.JSONField:
    # Any JSON: null is one, and may not be allowed twice.
    return serializers.JSONField(help_text=help_text)


def _state() -> serializers.ChoiceField:
    return serializers.ChoiceField(choices=list(states.STATES))


_STATUSES: Final = [states.STATUS_BAD, states.STATUS_GOOD, states.STATUS_UNFINISHED]
_SEQ: Final = _("The place of the latest change.")


class Error(Shape):
    """Why a request was not answered."""

    detail = _text(_("What is wrong, and what to do."))
    code = _text(_("The same for programs."))
    param = _text_or_null(_("The query parameter that is wrong."))


class Cancellation(Shape):
    """How a task is cancelled."""

    terminate = JsonBoolean(
        default=False,
        help_text=_(
            "Stop its process by SIGTERM if it does not stop by itself; needs the permission cancel_tasklog."
        ),
    )
    grace = JsonSeconds(
        default=10.0, min_value=0, max_value=3600, help_text=_("Seconds that it has until then.")
    )


class Failure(Shape):
    """An exception."""

    type = _text_or_null(_("The qualified name of its class, bare for a built-in one."))
    text = _text_or_null(_("What it said; null where the reader may not see it."))
    step = _integer(_("The “id” of the step where it arose."), allow_null=True)
    where = _text_or_null(_("Where in a counted loop: “at item 412 of 1,000”."))
    traceback = serializers.CharField(
        required=False, allow_null=True, help_text=_("There for readers of details alone.")
    )


class StepProgress(Shape):
    """How far a step has come."""

    current = _number_or_null(_("Units done."))
    total = _number_or_null(_("Units to do."))
    unit = _text_or_null()
    percent = _number_or_null(_("It never falls."))
    rate = _number_or_null(_("Units a second, over the last half minute."))
    remaining = _number_or_null(_("Seconds to go."))


class Progress(StepProgress):
    """How far a task has come."""

    failed = _integer(_("Steps that failed."))
    message = _text_or_null(_("What it said last."))


class Process(Shape):
    """Where an attempt ran."""

    host = _text()
    pid = _integer()


class Attempt(Shape):
    """One execution of a task."""

    number = _integer()
    state = _state()
    start = _time()
    end = _time_or_null()
    worker = _text_or_null(_("Null for those who may not read details."))
    process = Process(allow_null=True, help_text=_("Null where nobody knows, as for the worker."))
    failure = Failure(allow_null=True)


class Step(Shape):
    """A named block of code."""

    id = _integer(_("Its number in its attempt."))
    parent = _integer(_("The “id” of the step around it."), allow_null=True)  # type: ignore[assignment]
    path = _text(_("Its place among the steps: “1”, “2.10”."))
    attempt = _integer(_("The number of its attempt."))
    name = _text()
    state = _state()
    start = _time_or_null()
    end = _time_or_null()
    runtime = _number_or_null(_("Seconds, so far."))
    progress = StepProgress(allow_null=True)
    failure = Failure(allow_null=True)
    seq = _integer(_SEQ)


class Message(Shape):
    """A line."""

    seq = _integer(_("Its place."))
    attempt = _integer(_("The number of its attempt."))
    step = _integer(_("The “id” of the step that said it."), allow_null=True)
    at = _time()
    level = _text()
    text = _text()
    data = serializers.JSONField(help_text=_("What came with it: any JSON, null for nothing."))  # type: ignore[assignment]
    replace = _text_or_null(_("A later line of this name, of the same attempt, takes its place."))
    source = _text(_("“notify”, “logging” or “gap”."))  # type: ignore[assignment]


class Gap(Shape):
    """Lines that were never stored."""

    seq = _integer(_("Its place."))
    attempt = _integer(_("The number of its attempt."))
    step = _integer(_("The “id” of its step."), allow_null=True)
    at = _time()
    count = _integer(_("How many lines are missing."))
    text = _text()


class Frame(Shape):
    """A line of code."""

    file = _text()
    line = _integer()
    function = _text()


class Stalled(Shape):
    """Where a living task does not move on."""

    step = _text_or_null(_("The path of the open step."))
    since = _time(_("The time of the last change."))
    frames = Frame(
        many=True,
        required=False,
        help_text=_("Where the code is, the innermost first. There for readers of details alone."),
    )


class Truncated(Shape):
    """How much of a long log an answer leaves out."""

    messages = _integer(_("Older lines."))
    steps = _integer(_("Steps that have not changed for the longest time."))


class Whole(Shape):
    """How far the tasks are that belong together."""

    tasks = _integer(
        _("How many are known; those that wait, too. Null for readers of their own tasks only."),
        allow_null=True,
    )
    done = _integer(_("Those that have ended, well or badly; null for the same readers."), allow_null=True)
    failed = _integer(_("Those that have ended badly; null for the same readers."), allow_null=True)
    percent = serializers.FloatField(help_text=_("Each task counts the same. It never falls."))


class TaskLogItem(Shape):
    """The record of a task, in a list."""

    task_name = _text()
    task_uuid = _text(_("The task's id."))
    start = _time_or_null()
    end = _time_or_null()
    exception = _text_or_null(_("What it said, or its type where the reader may not see that."))
    finished = serializers.BooleanField(help_text=_("Whether nothing follows any more."))
    status = serializers.ChoiceField(
        choices=_STATUSES, help_text=_("1 for a good end, 0 for a bad end, 2 while there is no end.")
    )
    state = _state()
    custom_state = _text_or_null(_("A state of the author's own, while the task runs."))
    celery_name = _text_or_null()
    seq = _integer(_("The place up to which the answer goes: the next “after”."))
    now = _time(_("The time of the answer."))
    updated = _time(_("The time of the latest change."))
    queued = _time_or_null()
    runtime = _number_or_null(_("Seconds, so far."))
    alive = serializers.BooleanField(
        allow_null=True, help_text=_("Whether its process is; null where nobody knows.")
    )
    stalled = Stalled(allow_null=True)
    cancel_requested = serializers.BooleanField()
    failure = Failure(allow_null=True)
    progress = Progress()
    attempt = _integer(_("The number of the attempt that is shown."), allow_null=True)
    attempts = Attempt(many=True)
    truncated = Truncated(allow_null=True)
    root = _text_or_null(_("The id of the task that began the workflow."))  # type: ignore[assignment]
    parent = _text_or_null(_("The id of the task that sent it."))  # type: ignore[assignment]
    group = _text_or_null(_("The id of its group."))
    queue = _text_or_null(_("Null for those who may see their own tasks only."))
    tags = serializers.ListField(child=serializers.CharField())
    about = _text_or_null(_("“app.model:pk”."))
    owner = _text_or_null(_("A user's primary key; null for those who may see their own tasks only."))
    eta = _time_or_null(_("When it is due: after its sending, or as a retry. Null once the retry begins."))
    expires = _time_or_null(_("It is thrown away if it has not begun by then."))
    retry_of = _text_or_null(_("The id of the task that somebody sent again as this one."))
    args = _json(_("Its arguments; this and what follows is null for those who may not read details."))
    kwargs = _json(_("Its keyword arguments."))
    options = _json(_("How it was sent: queue, priority, time limits."))
    arguments_kept = serializers.BooleanField(
        allow_null=True, help_text=_("Whether the arguments stand here as they were, neither cut nor masked.")
    )
    result = _json(_("What it returned."))
    result_kept = serializers.BooleanField(allow_null=True, help_text=_("The same for the result."))
    tree = _text_or_null(_("What the tasks that belong together share; null for a task alone."))
    previous = _text_or_null(_("The id of the task, or of the group, after whose success it runs."))
    position = _integer(_("Its place in its group, from 0."), allow_null=True)
    whole = Whole(allow_null=True, help_text=_("How far all tasks of its tree are; null for a task alone."))


class _Nodes(serializers.ListField):
    # A shape cannot name itself while it is made: drf-spectacular takes this instead.
    _spectacular_annotation = {"field": {"type": "array", "items": {"$ref": "#/components/schemas/TaskNode"}}}


class TaskNode(Shape):
    """A task of a tree, or a group: that has no state of its own, and its tasks are its children."""

    kind = serializers.ChoiceField(choices=["task", "group"])
    task_uuid = _text_or_null()
    task_name = _text_or_null()
    state = serializers.ChoiceField(choices=list(states.STATES), allow_null=True)
    status = serializers.ChoiceField(choices=_STATUSES, allow_null=True)
    start = _time_or_null()
    end = _time_or_null()
    runtime = _number_or_null(_("Seconds, so far."))
    progress = Progress(allow_null=True)
    parent = _text_or_null(_("The id of the task that sent it."))  # type: ignore[assignment]
    previous = _text_or_null(_("The id of the task, or of the group, after whose success it runs."))
    group = _text_or_null(_("The id of its group, or of the group that it is."))
    position = _integer(_("Its place in its group, from 0."), allow_null=True)
    asked = serializers.BooleanField(help_text=_("Whether it is the task of the address."))
    children = _Nodes(help_text=_("What the task has sent, or the members of the group."))


class TasksLeftOut(Shape):
    """How much of a large tree an answer leaves out."""

    tasks = _integer()


class TaskTree(Shape):
    """The tasks that belong together, each once. What follows a task stands behind it."""

    tree = _text_or_null(_("What they share; null for a task alone."))
    task_uuid = _text(_("The task of the address."))
    now = _time(_("The time of the answer."))
    whole = Whole(help_text=_("For readers of their own tasks only, the counts are of those in the answer."))
    truncated = TasksLeftOut(allow_null=True)
    children = TaskNode(many=True)


class TaskLog(TaskLogItem):
    """The record of a task."""

    log = _text(_("The classic text."))
    steps = Step(many=True)
    messages = Message(many=True)
    gaps = Gap(many=True)


class TaskLogDelta(TaskLog):
    """The record of a task, with those steps, lines and that text alone that are new after a place."""

    more = serializers.BooleanField(help_text=_("Whether there was too much for one answer: ask again."))


class TaskLogPart(TaskLogDelta):
    """Of the record of a task, or of a delta, what “fields” and “omit” ask for."""

    def get_fields(self) -> dict[str, Any]:
        """Return the fields, none of which has to be there."""
        return _optional(super().get_fields())


class TaskLogItemPart(TaskLogItem):
    """Of the record of a task, in a list, what “fields” and “omit” ask for."""

    def get_fields(self) -> dict[str, Any]:
        """Return the fields, none of which has to be there."""
        return _optional(super().get_fields())


def _optional(fields: dict[str, Any]) -> dict[str, Any]:
    for field in fields.values():
        field.required = False
    return fields


class _Page(Shape):
    next = _text_or_null(_("The address of the next page."))
    previous = _text_or_null(_("The address of the page before."))


class TaskLogPage(_Page):
    """A page of the list of tasks."""

    results = TaskLogItem(many=True)


class TaskLogPartPage(_Page):
    """A page of the list of tasks, where “fields” or “omit” was given."""

    results = TaskLogItemPart(many=True)


class StepPage(_Page):
    """A page of the steps of a task."""

    seq = _integer(_("The place up to which the list goes."))
    results = Step(many=True)


class MessagePage(_Page):
    """A page of the lines of a task."""

    seq = _integer(_("The place up to which the list goes."))
    results = Message(many=True)
