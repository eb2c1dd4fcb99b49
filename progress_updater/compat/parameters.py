"""Query parameters as clients of others send them: those that mean nothing are no error."""

from typing import Any

from django.http import QueryDict

from progress_updater.api.parameters import Parameters


class IgnoredParameters(Parameters):
    """Parameters of which only those are read that stand here, where they are given and not empty."""

    @classmethod
    def read(cls, query: QueryDict) -> dict[str, Any]:
        """Check the parameters of a request.

        Args:
            query: the request's; of a parameter that is given twice the last one counts.

        Returns:
            The values by name.

        Raises:
            ParameterError: a value cannot be understood.
        """
        known = QueryDict(mutable=True)
        for name in map(str, cls().fields):
            if value := query.get(name):
                known[name] = value
        return super().read(known)
