"""Values in the address of the list that a database would refuse to look for."""

from collections.abc import Mapping
from typing import Final

from django.contrib.admin.options import IncorrectLookupParameters
from django.http import QueryDict
from django.utils.dateparse import parse_date, parse_datetime

_YEARS: Final = range(2, 9999)  # the first and the last one have hours that no other time zone can tell
_NUMBERS: Final[Mapping[str, range]] = {
    "created__year": _YEARS,
    "created__month": range(1, 13),
    "created__day": range(1, 32),
}
_MOMENTS: Final = frozenset({"created__gte", "created__lt"})


def check_values(parameters: QueryDict) -> None:
    """Check what an address asks for.

    Args:
        parameters: of the request.

    Raises:
        IncorrectLookupParameters: no row can have such a value; Django answers with the whole list.
    """
    for name, values in parameters.lists():
        if not all(_is_possible(name, value) for value in values):
            raise IncorrectLookupParameters


def _is_possible(name: str, text: str) -> bool:
    if "\x00" in text:
        return False
    if name in _NUMBERS:
        return text.isdecimal() and len(text) <= len("9999") and int(text) in _NUMBERS[name]
    return name not in _MOMENTS or _is_moment(text)


def _is_moment(text: str) -> bool:
    try:
        moment = parse_datetime(text) or parse_date(text)
    except ValueError:
        return False
    return moment is not None and moment.year in _YEARS
