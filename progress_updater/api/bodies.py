"""Values of a JSON body: each is taken as the type that it has there, and not as what its text could mean."""

from typing import Any

from rest_framework import serializers

from progress_updater.api.parameters import Seconds


class JsonBoolean(serializers.BooleanField):
    """True or false, and no word or number that stands for it."""

    def to_internal_value(self, data: Any) -> Any:
        """Return the value."""
        if not isinstance(data, bool):
            self.fail("invalid", input=data)
        return data


class JsonSeconds(Seconds):
    """A number of seconds, and no text or boolean that could be one."""

    def to_internal_value(self, data: Any) -> float:
        """Return the number."""
        if isinstance(data, bool) or not isinstance(data, (int, float)):
            self.fail("invalid")
        return super().to_internal_value(data)
