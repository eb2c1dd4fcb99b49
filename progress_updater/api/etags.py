"""Entity tags: whether an answer would say anything that the reader does not know."""

from hashlib import blake2b
from typing import Any, Final

from django.http import QueryDict
from django.utils.http import parse_etags

from progress_updater import __version__
from progress_updater.api.tokens import PARAMETER
from progress_updater.policy import Audience

_NO_DIFFERENCE: Final = frozenset({"wait", PARAMETER})
"""Parameters that make none to the answer: how long it waits, and by which right it is read."""


def etag_of(
    log_id: int,
    seen: tuple[Any, ...],
    alive: bool | None,
    audience: Audience,
    query: QueryDict,
    media_type: str,
) -> str:
    """Make the entity tag of a record.

    Args:
        log_id: the log's primary key.
        seen: its cursor, and when its tree was counted.
        alive: whether its process is.
        audience: for whom the answer is made.
        query: the request's parameters.
        media_type: the format of the answer.

    Returns:
        A weak tag: the time of the answer, and what follows from it, are left out.
    """
    parameters = sorted((name, values) for name, values in query.lists() if name not in _NO_DIFFERENCE)
    said = (__version__, log_id, seen, alive, audience, audience.sees_exception_text, parameters, media_type)
    return f'W/"{blake2b(repr(said).encode(), digest_size=12).hexdigest()}"'


def matches(etag: str, if_none_match: str) -> bool:
    """Tell whether a reader knows an answer.

    Args:
        etag: the answer's tag.
        if_none_match: the request's header, an empty text where there is none.

    Returns:
        True if one of the header's tags is the same, weak or strong.
    """
    known = parse_etags(if_none_match)
    return "*" in known or etag.removeprefix("W/") in {tag.removeprefix("W/") for tag in known}
