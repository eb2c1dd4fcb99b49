"""The words about states, numbers and times, for people."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, Final

from django.utils import formats
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from progress_updater import states

STATE_NAMES: Final[Mapping[str, Any]] = {
    states.PENDING: gettext_lazy("Pending"),
    states.STARTED: gettext_lazy("Started"),
    states.RETRY: gettext_lazy("Retry"),
    states.PAUSED: gettext_lazy("Paused"),
    states.SUCCESS: gettext_lazy("Success"),
    states.FAILURE: gettext_lazy("Failure"),
    states.REVOKED: gettext_lazy("Revoked"),
    states.IGNORED: gettext_lazy("Ignored"),
    states.LOST: gettext_lazy("Lost"),
}

REFUSALS: Final[Mapping[str, Any]] = {
    "not_finished": gettext_lazy("The task has not finished; cancel it first, or wait for its end."),
    "finished": gettext_lazy("The task has finished; nothing is left to cancel."),
    "being_changed": gettext_lazy("The record is being changed just now; try again in a moment."),
    "not_a_celery_task": gettext_lazy("The record is not of a Celery task: nobody knows how to send it."),
    "arguments_not_kept": gettext_lazy(
        "The arguments of the task were masked or cut, or are not known; send it from where they are."
    ),
    "not_sendable": gettext_lazy(
        "Celery does not send the task as it was sent: its queue, an option or the task itself is not known "
        "any more. Send it from the code."
    ),
    "id_not_kept": gettext_lazy(
        "The task's id is too long to be kept whole, so no worker can be told; "
        "cancel it where the id is known."
    ),
    "name_not_kept": gettext_lazy(
        "The task's name is too long to be kept whole, so it cannot be sent by it; send it from the code."
    ),
}
"""Why an action is refused, by the code of the answer."""

BAD_TOKENS: Final[Mapping[str, Any]] = {
    "token_expired": gettext_lazy("This token has expired. Ask for a new one where you got it, or log in."),
    "token_invalid": gettext_lazy(
        "This is no token of this site, or not the whole of one. Copy it again from where you got it, "
        "or log in."
    ),
}
"""What is wrong with a token, by the code of the answer."""

NOT_SENT: Final = gettext_lazy(
    "The broker cannot be reached, so nothing was sent; try again later: %(error)s"
)
NOT_REVOKED: Final = gettext_lazy(
    "The broker cannot be reached. A task that runs will stop where its code looks; for one that waits, ask "
    "again later: %(error)s"
)
MAY_NOT: Final = gettext_lazy("You may see this task, but not do this to it.")
MAY_NOT_TERMINATE: Final = gettext_lazy("You may cancel this task, but not terminate it.")
UNKNOWN_KEY: Final = gettext_lazy("“%(name)s” is none of: terminate, grace.")
NO_OBJECT: Final = gettext_lazy("The body has to be a JSON object.")

MINUTE: Final = 60
HOUR: Final = 60 * MINUTE
DAY: Final = 24 * HOUR


def duration(seconds: float) -> str:
    """Write a duration with its two largest units.

    Args:
        seconds: not negative.

    Returns:
        For example "40 ms", "13.2 s", "2 min 5 s", "3 d 4 h".
    """
    if seconds < 1:
        return _("%(milliseconds)s ms") % {"milliseconds": _number(round(seconds * 1_000))}
    if seconds < MINUTE:
        return _("%(seconds)s s") % {"seconds": formats.number_format(int(seconds * 10) / 10, 1)}
    whole = int(seconds)
    if whole < HOUR:
        return _("%(minutes)d min %(seconds)d s") % {"minutes": whole // MINUTE, "seconds": whole % MINUTE}
    if whole < DAY:
        return _("%(hours)d h %(minutes)d min") % {"hours": whole // HOUR, "minutes": whole % HOUR // MINUTE}
    return _("%(days)s d %(hours)d h") % {"days": _number(whole // DAY), "hours": whole % DAY // HOUR}


def count(progress: Mapping[str, Any]) -> str:
    """Write how far something has come.

    Args:
        progress: "current", "total" and "unit" of a record or a step.

    Returns:
        For example "412 of 1,000 rows", "5 steps"; nothing where nothing was counted.
    """
    current, total, unit = progress["current"], progress["total"], progress["unit"] or ""
    if current is None and total is None:
        return ""
    words = {"current": _number(current or 0), "total": _number(total or 0), "unit": unit}
    text = _("%(current)s %(unit)s") if total is None else _("%(current)s of %(total)s %(unit)s")
    return (text % words).strip()


def remaining(seconds: float) -> str:
    """Write how long something is likely to take still."""
    return _("about %(duration)s left") % {"duration": duration(seconds)}


def lost(host: str, pid: int, since: float, step: Sequence[Any] | None) -> str:
    """Say what is known of a run whose process is silent; it is stored, so it is in no reader's language.

    Args:
        host: where the process ran.
        pid: its number there.
        since: when it was heard of last, in seconds since the epoch.
        step: the innermost open step's name, and its count: current, total, unit.

    Returns:
        One sentence.
    """
    moment = datetime.fromtimestamp(since, UTC)
    said = (
        f"The worker process {pid} on host {host} has not been heard of since {moment:%Y-%m-%d %H:%M:%S} UTC"
    )
    return f"{said}." if step is None else f"{said}, while in {_place(*step)}."


def died(host: str | None, pid: int | None, step: Sequence[Any] | None) -> str:
    """Say what is known of a run whose process has died; stored like the above.

    Args:
        host: where the process ran, None where nobody knows.
        pid: its number there.
        step: the innermost open step's name, and its count: current, total, unit.

    Returns:
        One sentence.
    """
    who = "Its process" if host is None else f"The worker process {pid} on host {host}"
    return cut_off(f"{who} died.", step)


def stranded(lost: str) -> str:
    """Say why a task has not come that waits for a lost one; stored like the above.

    Args:
        lost: the name of that one.

    Returns:
        One sentence.
    """
    return f"It waits for “{lost}”, which was lost with its worker; it comes only if that one comes again."


def out_of_memory(said: str) -> str:
    """Add to how a process died that memory had run out; stored like the above.

    Args:
        said: one sentence.

    Returns:
        The sentence.
    """
    return f"{said.rstrip('.')}, when memory had run out and the kernel killed a process."


def cut_off(said: str, step: Sequence[Any] | None) -> str:
    """Add to what ended a run where that was.

    Args:
        said: one sentence.
        step: the innermost open step's name, and its count: current, total, unit.

    Returns:
        The sentence.
    """
    return said if step is None else f"{said.rstrip('.')}, while in {_place(*step)}."


def _place(name: str, current: float | None, total: float | None, unit: str | None) -> str:
    if current is None:
        return f"“{name}”"
    done = f"{current:,.10g}" if total is None else f"{current:,.10g} of {total:,.10g}"
    return f"“{name}”, {done} {unit or ''}".rstrip()


def _number(value: float) -> str:
    decimals = None if float(value).is_integer() else 2
    whole = int(value) if decimals is None else value
    return formats.number_format(whole, decimals, force_grouping=True)
