"""Query parameters: what each address takes, for the answer and for the OpenAPI document alike."""

from collections.abc import Iterable
from datetime import UTC
from difflib import get_close_matches
from math import isfinite
from typing import Any, Final, Self

from django.http import QueryDict
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from rest_framework import serializers
from rest_framework.exceptions import ValidationError

from progress_updater import snapshot, states
from progress_updater.api.errors import ParameterError

LEVELS: Final = ("debug", "info", "warning", "error", "critical")
STATUSES: Final = (states.STATUS_BAD, states.STATUS_GOOD, states.STATUS_UNFINISHED)
LONGEST_WAIT: Final = 30  # seconds
_LARGEST_SEQ: Final = 2**63 - 1
_LARGEST_ATTEMPT: Final = 2**31 - 1


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """Suggest a word.

    Args:
        word: what was written.
        known: what could have been meant.

    Returns:
        A sentence that begins with a space, an empty text where nothing is near.
    """
    near = get_close_matches(word, list(known), n=1)
    return " " + _("Did you mean “%(name)s”?") % {"name": near[0]} if near else ""


class Choice(serializers.ChoiceField):
    """One of a few words; the error tells which."""

    def to_internal_value(self, data: Any) -> Any:
        """Return the choice."""
        try:
            return super().to_internal_value(data)
        except ValidationError:
            words = [str(choice) for choice in self.choices]
            detail = _("“%(value)s” is none of: %(choices)s.")
            shown = {"value": data, "choices": ", ".join(words)}
            raise ValidationError(detail % shown + did_you_mean(str(data), words)) from None


class Several(serializers.ListField):
    """Several values, separated by commas or given again and again."""

    def to_internal_value(self, data: Any) -> Any:
        """Return the values."""
        return super().to_internal_value([word for given in data for word in given.split(",")])


class Seconds(serializers.FloatField):
    """A finite number of seconds."""

    def to_internal_value(self, data: Any) -> float:
        """Return the number."""
        value = super().to_internal_value(data)
        if not isfinite(value):
            self.fail("invalid")
        return value


class Text(serializers.CharField):
    """A text of limited length, taken as it is."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**{"max_length": 255, "trim_whitespace": False, **options})


def moment(**options: Any) -> serializers.DateTimeField:
    """Return a field for a point in time; one without a zone is UTC."""
    return serializers.DateTimeField(input_formats=["iso-8601"], default_timezone=UTC, **options)


class Parameters(serializers.Serializer[Any]):
    """The parameters of an address; none of them is required."""

    @classmethod
    def read(cls, query: QueryDict) -> dict[str, Any]:
        """Check the parameters of a request.

        Args:
            query: the request's.

        Returns:
            The values by name; those that were not given and have no default are not there.

        Raises:
            ParameterError: a parameter is unknown, given twice, or has a value that cannot be understood.
        """
        parameters = cls()
        given = {name: parameters.value_of(name, query.getlist(name)) for name in query}
        try:
            return cls(data=given).run_validation(given)
        except ValidationError as error:
            details: Any = error.detail
            name = next(iter(details))
            raise ParameterError(name, details[name]) from None

    def value_of(self, name: str, values: list[str]) -> Any:
        """Return what a field takes as its value."""
        field = self.fields.get(name)
        if field is None:
            detail = _("There is no parameter “%(name)s” here.") % {"name": name}
            raise ParameterError(name, detail + did_you_mean(name, self.fields), "unknown_parameter")
        if isinstance(field, serializers.ListField):
            return values
        if len(values) > 1:
            raise ParameterError(name, _("This parameter can be given only once."))
        return values[0]


class WithKeys(Parameters):
    """Parameters of an address whose answer can be made shorter."""

    fields_ = None


def keys_of(known: Iterable[str], help_text: Any) -> Several:
    """Return a field that takes keys of an answer."""
    return Several(child=Choice(choices=list(known)), required=False, help_text=help_text)
