"""The writer's own connection: what it writes is seen while the task's transaction is open, and stays."""

from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from copy import deepcopy
from typing import Any, Final

from django.db import connections
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.utils import load_backend

CONNECT_TIMEOUT: Final = 5  # seconds
ANSWER_TIMEOUT: Final = 60  # seconds after which a connection that says nothing is given up

# What the project chose for its requests and would make the writer slower, or fail.
_NOT_FOR_WRITING: Final = ("pool", "server_side_binding", "isolation_level")

_DEFAULTS: Final[dict[str, dict[str, Any]]] = {
    "postgresql": {
        "connect_timeout": CONNECT_TIMEOUT,
        "keepalives_idle": 10,
        "keepalives_interval": 10,
        "keepalives_count": 3,
        "tcp_user_timeout": ANSWER_TIMEOUT * 1000,
    },
    "mysql": {
        "connect_timeout": CONNECT_TIMEOUT,
        "read_timeout": ANSWER_TIMEOUT,
        "write_timeout": ANSWER_TIMEOUT,
    },
    "sqlite": {"timeout": CONNECT_TIMEOUT},
}

# Closing a connection that was inherited by a fork would end the parent's session.
_inherited: Final[list[BaseDatabaseWrapper]] = []


class OwnConnection:
    """One connection beside those of Django's requests and tasks.

    Args:
        alias: the database.
    """

    def __init__(self, alias: str) -> None:
        self.alias = alias
        self._wrapper: BaseDatabaseWrapper | None = None

    @contextmanager
    def transaction(self) -> Iterator[BaseDatabaseWrapper]:
        """Give the connection inside a transaction that is committed at the end, or rolled back.

        Yields:
            The connection, opened if need be.
        """
        wrapper = self._opened()
        try:
            wrapper.set_autocommit(False, force_begin_transaction_with_broken_autocommit=True)
            yield wrapper
            wrapper.commit()
            wrapper.set_autocommit(True)
        except BaseException:
            self._roll_back(wrapper)
            raise

    def _opened(self) -> BaseDatabaseWrapper:
        if self._wrapper is None:
            settings = settings_for_writing(self.alias)
            wrapper = load_backend(settings["ENGINE"]).DatabaseWrapper(settings, self.alias)
            wrapper.inc_thread_sharing()
            # With DEBUG on, Django keeps the text of the last 9,000 statements: ours are long.
            wrapper.queries_log = deque(maxlen=0)
            self._wrapper = wrapper
        return self._wrapper

    def _roll_back(self, wrapper: BaseDatabaseWrapper) -> None:
        try:
            wrapper.rollback()
            wrapper.set_autocommit(True)
        except Exception:
            self.close()

    def close(self) -> None:
        """Close it; the next transaction opens it again."""
        wrapper, self._wrapper = self._wrapper, None
        if wrapper is not None:
            with suppress(Exception):  # a broken one takes no goodbye
                wrapper.close()

    def prepare_fork(self) -> None:
        """Close it where a child could not even inherit it unused.

        SQLite keeps the locks of a process in memory: a child that has inherited a connection believes to
        hold them, and its own writes may go to a file that its parent has deleted.
        """
        if self._wrapper is not None and self._wrapper.vendor == "sqlite":
            self.close()

    def abandon(self) -> None:
        """Leave it to the parent process, in a forked child."""
        if self._wrapper is not None:
            _inherited.append(self._wrapper)
            self._wrapper = None


def settings_for_writing(alias: str) -> dict[str, Any]:
    """Copy a database's settings, without a pool and with time limits.

    Args:
        alias: the database.

    Returns:
        The settings of a connection that one thread keeps for itself.
    """
    settings: dict[str, Any] = deepcopy(connections[alias].settings_dict)
    vendor = connections[alias].vendor
    kept = {name: value for name, value in settings["OPTIONS"].items() if name not in _NOT_FOR_WRITING}
    settings["OPTIONS"] = _DEFAULTS.get(vendor, {}) | kept
    if vendor == "sqlite":
        # A deferred transaction that writes after it has read fails at once when another one wrote meanwhile.
        settings["OPTIONS"]["transaction_mode"] = "IMMEDIATE"
    return settings | {"CONN_MAX_AGE": None, "ATOMIC_REQUESTS": False, "AUTOCOMMIT": True}
