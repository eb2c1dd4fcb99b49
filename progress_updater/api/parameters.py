"""Query parameters: how they are checked, with an answer that names the wrong one."""

from collections.abc import Iterable
from datetime import UTC
from difflib import get_close_matches
from math import inf, isfinite
from typing import Any

from django.conf import settings
from django.http import QueryDict
from django.utils.timezone import get_default_timezone, is_aware, make_naive
from django.utils.translation import gettext as _
from rest_framework import serializers
from rest_framework.exceptions import ValidationError

from progress_updater.api.errors import ParameterError


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """Suggest a word.

    Args:
        word: what was written.
        known: what could have been meant.

    Returns:
        A sentence that begins with a space, an empty text where nothing is near.
    """
    near = get_close_matches(word, list(known), n=1, cutoff=0.7)
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
        try:
            value = super().to_internal_value(data)
        except OverflowError:
            value = inf
        if not isfinite(value):  # REST framework before 3.18 lets neither fail
            self.fail("invalid")
        return value


class Moment(serializers.DateTimeField):
    """A time, with an error where it has none in UTC; in a project without time zones that of its clock."""

    def to_internal_value(self, data: Any) -> Any:
        """Return the time."""
        try:
            value = super().to_internal_value(data)
            if not is_aware(value):
                return value
            return value.astimezone(UTC) if settings.USE_TZ else make_naive(value, get_default_timezone())
        except OverflowError:
            self.fail("overflow")


class Text(serializers.CharField):
    """A text of limited length, taken as it is."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**{"max_length": 255, "trim_whitespace": False, **options})


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
            checked: dict[str, Any] = parameters.run_validation(given)
        except ValidationError as error:
            details: Any = error.detail
            name = next(iter(details))
            raise ParameterError(name, details[name]) from None
        return checked

    def value_of(self, name: str, values: list[str]) -> Any:
        """Return what a field takes as its value."""
        field = self.fields.get(name)
        if field is None:
            detail = _("“%(name)s” is none of the parameters: %(known)s.")
            shown = {"name": name, "known": ", ".join(self.fields) or _("(none)")}
            raise ParameterError(name, detail % shown + did_you_mean(name, self.fields), "unknown_parameter")
        if isinstance(field, serializers.ListField):
            return values
        if len(values) > 1:
            raise ParameterError(name, _("This parameter can be given only once."))
        return values[0]
