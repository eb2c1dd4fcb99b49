"""Tokens for anonymous readers: each is for one task, signed, and expires at a time that it states."""

import math
from datetime import timedelta
from time import time
from typing import Any, Final
from uuid import UUID

from django.core import signing

from progress_updater.exceptions import ProgressUpdaterError
from progress_updater.recording.clean import task_key
from progress_updater.settings import current

__all__ = ["BadToken", "task_of", "token_for"]

EXPIRED: Final = "token_expired"
INVALID: Final = "token_invalid"
_SALT: Final = "progress_updater.tokens"


class BadToken(ProgressUpdaterError):
    """The token shows nothing: ask for a new one where it came from.

    Args:
        code: a key of wording.BAD_TOKENS.

    Attributes:
        code: the same.
    """

    def __init__(self, code: str) -> None:
        from progress_updater import wording

        super().__init__(str(wording.BAD_TOKENS[code]))
        self.code = code


def token_for(task: Any, *, max_age: float | timedelta | None = None) -> str:
    """Make a token with which anybody reads of a task what its owner reads, until the token expires.

    The task need not have begun, nor be recorded yet. A token cannot be taken back before it expires, but
    by changing the SECRET_KEY; one that was signed with a key of SECRET_KEY_FALLBACKS goes on.

    Args:
        task: a task's id, its AsyncResult, its TaskLog or its TaskUpdater.
        max_age: seconds, or a timedelta, after which it expires; None for TOKEN_AGE.

    Returns:
        A text that can stand in an address as it is.

    Raises:
        TypeError: it is no task, but a group for example.
        ValueError: the age is not positive, or not finite.
    """
    seconds = _seconds(current().TOKEN_AGE if max_age is None else max_age)
    return _signer().sign_object([task_key(_id_of(task)), math.ceil(time() + seconds)])


def task_of(token: str) -> str:
    """Read of which task a token is.

    Args:
        token: anything that a request gave as one.

    Returns:
        The id of the task, as it is stored in TaskLog.task_uuid.

    Raises:
        BadToken: it has expired, was changed, or is none.
    """
    try:
        task, until = _signer().unsign_object(token)
    except (signing.BadSignature, ValueError):
        # Without its cause, which has the token in its text.
        raise BadToken(INVALID) from None
    if time() >= until:
        raise BadToken(EXPIRED)
    return str(task)


def _signer() -> signing.Signer:
    return signing.Signer(salt=_SALT)


def _id_of(task: Any) -> str:
    found = getattr(task, "task_uuid", None) or getattr(task, "task_id", task)
    if isinstance(found, UUID) or (isinstance(found, str) and found):
        return str(found)
    kind = type(task).__qualname__
    raise TypeError(f"Give the id of a task, not an empty one, its result, log or updater; this is a {kind}.")


def _seconds(age: float | timedelta) -> float:
    seconds = age.total_seconds() if isinstance(age, timedelta) else age
    if not 0 < seconds < math.inf:
        raise ValueError(f"A token expires after some seconds; max_age is {age!r}.")
    return seconds
