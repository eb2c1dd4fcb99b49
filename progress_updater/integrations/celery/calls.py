"""How a task was called: what is needed to show it, and to send it once more."""

from collections.abc import Mapping
from functools import lru_cache
from typing import Any, Final, NamedTuple

from progress_updater.integrations.celery.arguments import Encoded, encoded
from progress_updater.integrations.celery.parameters import parameters_of

DELAYED: Final = "celery_delayed_"
"""The beginning of the exchanges in which RabbitMQ lets a task wait; its routing key there is no address."""

_NO_ARGS: Final = Encoded("[]", is_kept=True)
_NO_KWARGS: Final = Encoded("{}", is_kept=True)


class Call(NamedTuple):
    """How a task was called, as JSON texts; the fields are those of an Identity."""

    args: str | None = None
    kwargs: str | None = None
    options: str | None = None
    arguments_kept: bool | None = None
    parameters: tuple[str, ...] = ()


NOT_TOLD: Final = Call()


class Given(NamedTuple):
    """What a task was given, as JSON texts."""

    args: Encoded = _NO_ARGS
    kwargs: Encoded = _NO_KWARGS


def given_to(task: Any, args: Any, kwargs: Any, limit: int) -> Given | None:
    """Encode what a task is given; nothing of it is kept as an object.

    Args:
        task: the task, None where it is not known in this process.
        args: the positional arguments.
        kwargs: the others.
        limit: characters that are kept of each, about.

    Returns:
        None where nobody here can name the positional arguments: which of them are secrets is known where
        the task is, and the worker tells them.
    """
    if task is None and args:
        return None
    return Given(
        args=encoded(args, limit) if args else _NO_ARGS,
        kwargs=encoded(kwargs, limit) if kwargs else _NO_KWARGS,
    )


def call_with(
    given: Given | None, fields: Mapping[str, Any], delivery: Mapping[str, Any], task: Any, limit: int
) -> Call:
    """Describe a call.

    Args:
        given: as given_to() returned it.
        fields: message headers of protocol 2, or the attributes of a request, which carry the same names.
        delivery: "exchange", "routing_key" and "priority".
        task: the task, None where it is not known in this process.
        limit: characters that are kept of its options, about.

    Returns:
        The call; its options alone where it is not known what was given.
    """
    options = _options(fields, delivery, limit)
    if given is None:
        return Call(options=options.text)
    return Call(
        args=given.args.text,
        kwargs=given.kwargs.text,
        options=options.text,
        arguments_kept=given.args.is_kept and given.kwargs.is_kept and options.is_kept,
        parameters=parameters_of(task),
    )


def call_of(
    args: Any, kwargs: Any, fields: Mapping[str, Any], delivery: Mapping[str, Any], task: Any, limit: int
) -> Call:
    """Describe a call at once, with what was given.

    Args:
        args: the positional arguments.
        kwargs: the others.
        fields: as above, and what follows.
        delivery: as above.
        task: as above.
        limit: as above.

    Returns:
        The call.
    """
    return call_with(given_to(task, args, kwargs, limit), fields, delivery, task, limit)


def call_of_request(request: Any, task: Any, limit: int) -> Call:
    """Describe the call of which a worker has the request.

    Args:
        request: the request, as a task sees it.
        task: the task.
        limit: as above.

    Returns:
        The call.
    """
    delivery = request.delivery_info or {}
    # Some transports say 0 of what was sent without a priority.
    delivery = {**delivery, "priority": delivery.get("priority") or None}
    return call_of(request.args, request.kwargs, vars(request), delivery, task, limit)


def _options(fields: Mapping[str, Any], delivery: Mapping[str, Any], limit: int) -> Encoded:
    exchange = delivery.get("exchange")
    hard, soft = _time_limits(fields.get("timelimit"))
    told = (
        getattr(exchange, "name", exchange), delivery.get("routing_key"), delivery.get("priority"),
        hard, soft, fields.get("shadow"), fields.get("ignore_result"), limit,
    )  # fmt: skip
    try:
        return _known_options(*told)
    except TypeError:
        # It can be no key, so it came with a message that was made by hand.
        return _encoded_options(*told)


def _encoded_options(
    exchange: Any,
    routing_key: Any,
    priority: Any,
    hard: Any,
    soft: Any,
    shadow: Any,
    ignored: Any,
    limit: int,
) -> Encoded:
    options = {
        **_address(exchange, routing_key),
        "priority": priority,
        "time_limit": hard,
        "soft_time_limit": soft,
        "shadow": shadow,
        "ignore_result": ignored,
    }
    return encoded({name: value for name, value in options.items() if value is not None}, limit)


# Most calls of a process have the same few.
_known_options: Final = lru_cache(maxsize=256, typed=True)(_encoded_options)


def _time_limits(told: Any) -> tuple[Any, Any]:
    match told:
        case (hard, soft):
            return hard, soft
        case _:
            return None, None


def _address(exchange: Any, routing_key: Any) -> dict[str, Any]:
    if not exchange:
        # With the exchange that has no name, the key is the queue.
        return {"queue": routing_key}
    return {} if DELAYED in exchange else {"exchange": exchange, "routing_key": routing_key}
