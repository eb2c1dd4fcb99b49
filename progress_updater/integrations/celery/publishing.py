"""When a task is sent: its context goes along, and its row is there before a worker has it."""

from contextvars import ContextVar
from time import time
from typing import Any, Final, NamedTuple

from progress_updater.integrations.celery.canvas import embedded_in, has_rest, rest_of
from progress_updater.integrations.celery.foretelling import known_task, prompt_all, rest_to_record
from progress_updater.integrations.celery.identity import HEADER, moment_of, tree_of
from progress_updater.integrations.celery.running import Execution, execution
from progress_updater.integrations.celery.selection import POLLING, Recorded, selection_for
from progress_updater.integrations.celery.sent import Sent, reader_of_call
from progress_updater.integrations.celery.time_limits import keep_soft_time_limit
from progress_updater.recording.clean import task_key
from progress_updater.recording.context import task_context
from progress_updater.recording.guard import guard
from progress_updater.settings import current
from progress_updater.writing.channels import channel
from progress_updater.writing.sources import OneChange


class Sending(NamedTuple):
    """What is known only before a task is sent."""

    queued: float | None = None
    priority: object = None


_sending: Final[ContextVar[Sending]] = ContextVar("progress_updater.sending", default=Sending())  # noqa: B039 (it cannot change)


@keep_soft_time_limit
@guard.wrap("prepare to send a task", None)
def prepare(
    *,
    sender: str | None = None,
    headers: dict[str, Any] | None = None,
    properties: dict[str, Any] | None = None,
    body: Any = None,
    **_: Any,
) -> None:
    """Get ready for a task that may begin before its sending has returned; the sending may also fail."""
    _sending.set(Sending(time(), (properties or {}).get("priority")))
    if headers is not None:
        _store_before_successor(headers)
        _add_context(headers, _tree_for(sender, headers, body))


def _store_before_successor(headers: dict[str, Any]) -> None:
    """Let the table know the attempt that runs here, for attempts are numbered as they are stored."""
    here = execution.get()
    if here is not None and (headers.get("id") == here.task_id or _takes_over(headers, here)):
        channel().flush(current().FLUSH_DEADLINE)


def _tree_for(sender: str | None, headers: dict[str, Any], body: Any) -> str | None:
    here = execution.get()
    if here is not None:
        return here.tree if headers.get("id") == here.task_id else here.tree_of_children
    if sender in POLLING:
        return tree_of(_of_polling(body))
    fields = {**embedded_in(body), **headers}
    return tree_of(fields) if has_rest(fields) else None


def _of_polling(body: Any) -> dict[str, Any]:
    """Describe a member of the header that Celery's task waits for; it is given the group and the body."""
    group, chord, *_ = body[0]
    return {"group": group, "group_index": 0, "chord": chord}


def _add_context(headers: dict[str, Any], tree: str | None) -> None:
    """Put owner, tags, subject and tree into the message."""
    if HEADER in headers:
        said = headers[HEADER]
        if tree is not None and isinstance(said, dict):
            headers[HEADER] = {"tree": tree, **said}
        return
    context = task_context.get()
    carried = {
        "owner": context.owner_key(),
        "about": context.about,
        "tags": list(context.tags),
        "tree": tree,
    }
    filled = {name: value for name, value in carried.items() if value}
    if filled:
        headers[HEADER] = filled


@keep_soft_time_limit
@guard.wrap("record that a task was sent", None)
def record_sent(
    *,
    sender: str | None = None,
    headers: dict[str, Any] | None = None,
    body: Any = None,
    exchange: Any = "",
    routing_key: str = "",
    **_: Any,
) -> None:
    """Record a task once it is on its way, unless it is the next execution of one that runs here."""
    if not sender or not headers or "id" not in headers:
        return
    here = execution.get()
    if here is not None and _takes_over(headers, here):
        here.is_replaced = True
        here.recorder.replaced |= _goes_on(sender, headers, body, here)
        if headers["id"] == here.task_id:
            return
    # A retry is the next execution of a task that was sent before.
    if headers.get("retries"):
        if here is not None and headers["id"] == here.task_id:
            here.next_eta = moment_of(headers.get("eta"))
        return
    fields = {**embedded_in(body), **headers}
    foretold = None if here is None else here.successors.get(task_key(headers["id"]))
    running = None if here is None else task_key(here.task_id)
    to_store: list[OneChange] = [] if foretold else rest_to_record(fields, besides=running)
    task = known_task(sender)
    if selection_for(sender, task) is Recorded.ALWAYS:
        if here is not None:
            here.has_sent = True
            here.become_member()
        sending = _sending.get()
        delivery = {"exchange": exchange, "routing_key": routing_key, "priority": sending.priority}
        # The last task of a replacement has the id, and the place, of the one that was replaced.
        is_next = foretold is not None and not headers.get("replaced_task_nesting")
        sent = Sent(
            name=sender,
            fields=fields,
            queue=routing_key,
            queued=sending.queued,
            call=reader_of_call(body, fields, delivery, task),
            previous=foretold.previous if foretold is not None and is_next else None,
        )
        to_store.append(sent.source())
    prompt_all(to_store)


def _goes_on(name: str, headers: dict[str, Any], body: Any, running: Execution) -> bool:
    """Whether what replaces a task has a record under its id: the author may have given another id."""
    fields, own = {**embedded_in(body), **headers}, task_key(running.task_id)
    names = {call.id: call.name for call in rest_of(fields)} | {task_key(headers["id"]): name}
    last = names.get(own)
    return last is not None and selection_for(last, known_task(last)) is not Recorded.NEVER


def _takes_over(headers: dict[str, Any], running: Execution) -> bool:
    """Whether replace() sends it; of a chain or a chord only the last task has the id of the running one."""
    return bool((headers.get("replaced_task_nesting") or 0) > running.nesting)
