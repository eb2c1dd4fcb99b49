"""Settle what never comes, because the task failed, or was stopped, that it waits for."""

from collections.abc import Mapping
from time import time
from typing import Any, Final

from celery.exceptions import Ignore
from kombu.utils.encoding import safe_repr

from progress_updater import states
from progress_updater.integrations.celery.canvas import Call, failing_bodies, has_rest, rest_of
from progress_updater.integrations.celery.foretelling import identity_of_call, known_task, prompt_all
from progress_updater.integrations.celery.selection import Recorded, selection_for
from progress_updater.recording.changes import Settlement
from progress_updater.recording.clean import cut
from progress_updater.recording.failure import Failure, describe
from progress_updater.settings import current
from progress_updater.writing.sources import OneChange, settlement

DEPENDENCY: Final = "Dependency {} raised {}"
"""What Celery says when a member of a header has failed (celery/backends/redis.py, base.py)."""


def abandon_rest(
    fields: Mapping[str, Any], exception: BaseException | None = None, *, revoked: bool = False
) -> None:
    """Settle the rest of a chain and the body of a chord: they never come.

    They are IGNORED, as planned steps are that never began; a body for which Celery stores a ChordError is a
    FAILURE. So is a task that was replaced by what ends here: the last part has its id, and never comes.

    Args:
        fields: the attributes of the request of a task that has ended and is not tried again.
        exception: what it failed with; None where Celery tells its chord nothing.
        revoked: whether it was revoked.
    """
    if not has_rest(fields):
        return
    bodies = {} if exception is None else failing_bodies(fields, with_chain=not revoked)
    prompt_all(
        _abandoned(call, fields, bodies.get(call.id), exception)
        for call in rest_of(fields)
        # A replacement goes on under the id of the task that it replaces.
        if call.id != fields.get("id") and _selected(call) is not Recorded.NEVER
    )


def _selected(call: Call) -> Recorded:
    return selection_for(call.name, known_task(call.name))


def _abandoned(
    call: Call, fields: Mapping[str, Any], member: str | None, exception: BaseException | None
) -> OneChange:
    failure = None if member is None else _chord_error(member, exception)
    end = Settlement(
        state=states.IGNORED if failure is None else states.FAILURE,
        end=time(),
        failure=failure,
        only_known=_selected(call) is Recorded.IF_USED,
        if_begun=_failure_of_replaced(exception) if fields.get("replaced_task_nesting") else None,
    )
    identity = identity_of_call(call, fields)._replace(tags=())
    return settlement(call.id, identity, end)


def _failure_of_replaced(exception: BaseException | None) -> Failure:
    return describe(exception or Ignore(), step=None, limit=current().TEXT_LIMIT, with_traceback=False)


def _chord_error(member: str, exception: BaseException | None) -> Failure:
    text = cut(DEPENDENCY.format(member, safe_repr(exception)), current().TEXT_LIMIT)
    return Failure(type="celery.exceptions.ChordError", text=text, step=None, traceback=None)
