"""The token that a request carries: in the parameter "token", or in the header X-Task-Token."""

from typing import Final, NamedTuple

from rest_framework import serializers
from rest_framework.request import Request

from progress_updater.tokens import BadToken, task_of

PARAMETER: Final = "token"
"""For links, and for clients that can send no headers, as EventSource."""
HEADER: Final = "X-Task-Token"
"""Not Authorization: that one is the project's own."""


class Borne(NamedTuple):
    """What a request's token says; nothing where it has none."""

    task: str | None = None
    """The id of the task that it is for."""
    problem: BadToken | None = None
    """What is wrong with it."""


class TokenField(serializers.CharField):
    """A token as a parameter, where it is not checked: a bad one takes nothing from who needs none."""

    def run_validation(self, data: object = serializers.empty) -> object:
        """Return it as it is."""
        return data


def token_of(request: Request) -> Borne:
    """Read the token of a request.

    Args:
        request: any; where it has both the parameter counts.

    Returns:
        What the token says.
    """
    token = request.query_params.get(PARAMETER, request.headers.get(HEADER))
    if token is None:
        return Borne()
    try:
        return Borne(task=task_of(token))
    except BadToken as problem:
        return Borne(problem=problem)
