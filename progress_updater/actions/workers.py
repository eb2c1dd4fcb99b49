"""Tell the workers to throw a task away, without waiting for a broker that is gone."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from copy import copy
from typing import Any, Final

from celery import current_app
from kombu.connection import Connection
from kombu.exceptions import OperationalError
from kombu.messaging import Producer

from progress_updater import wording
from progress_updater.actions.refusals import BrokerAway

CONNECTS_WITHIN: Final = 2.0  # seconds, and so below
ANSWERS_WITHIN: Final = 5.0

_BOUNDS: Final[Mapping[str, Mapping[str, float]]] = {
    "redis": {"socket_connect_timeout": CONNECTS_WITHIN, "socket_timeout": ANSWERS_WITHIN},
    "amqp": {"read_timeout": ANSWERS_WITHIN, "write_timeout": ANSWERS_WITHIN},
}


def revoke(task_uuid: str, **how: Any) -> None:
    """Have all workers throw a task away.

    Args:
        task_uuid: the task's id.
        how: "terminate" and "signal", as for celery.app.control.Control.revoke.

    Raises:
        BrokerAway: it could not be told to the broker, within some seconds.
    """
    with current_app.connection_for_write(connect_timeout=CONNECTS_WITHIN) as connection:
        bounds = _BOUNDS.get(connection.transport.driver_type, {})
        connection.transport_options = {**bounds, **connection.transport_options}
        away = (OperationalError, OSError, *connection.connection_errors, *connection.channel_errors)
        try:
            connection.ensure_connection(
                max_retries=len(connection.alt) or 1, interval_start=0, interval_step=0
            )
            _control_over(connection).revoke(task_uuid, connection=connection, **how)
        except away as error:
            raise BrokerAway(wording.NOT_REVOKED % {"error": error}) from error


def _control_over(connection: Connection) -> Any:
    """Return Celery's control that uses one connection alone.

    The one of the app publishes with a producer of the pool, whatever connection it is given, and tries that
    again for ever: kombu.pidbox.Mailbox names no retry policy.
    """
    control = copy(current_app.control)
    control.mailbox = control.mailbox(connection)
    control.mailbox.producer_pool = _OneProducer(connection)
    return control


class _OneProducer:
    """Stand for a pool of producers."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    @contextmanager
    def acquire(self) -> Iterator[Producer]:
        yield _TryingOnce(self._connection, auto_declare=False)  # type: ignore[no-untyped-call]


class _TryingOnce(Producer):
    def publish(self, *args: Any, **options: Any) -> Any:
        return super().publish(*args, **{**options, "retry": False})  # type: ignore[no-untyped-call]
