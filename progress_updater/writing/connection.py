"""The writer's own connection: what it writes is seen while the task's transaction is open, and stays."""

from collections.abc import Iterator
from contextlib import contextmanager
from copy import deepcopy
from typing import Any, Final

from django.db import connections
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.utils import load_backend

CONNECT_TIMEOUT: Final = 5  # seconds

_OPTIONS: Final[dict[str, dict[str, Any]]] = {
    "postgresql": {"connect_timeout": CONNECT_TIMEOUT},
    "mysql": {"connect_timeout": CONNECT_TIMEOUT},
    # A deferred transaction that writes after it has read fails at once when another one wrote meanwhile.
    "sqlite": {"transaction_mode": "IMMEDIATE", "timeout": CONNECT_TIMEOUT},
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
        wrapper.set_autocommit(False, force_begin_transaction_with_broken_autocommit=True)
        try:
            yield wrapper
            wrapper.commit()
        except BaseException:
            self._roll_back(wrapper)
            raise
        wrapper.set_autocommit(True)

    def _opened(self) -> BaseDatabaseWrapper:
        if self._wrapper is None:
            settings = settings_for_writing(self.alias)
            self._wrapper = load_backend(settings["ENGINE"]).DatabaseWrapper(settings, self.alias)
            self._wrapper.inc_thread_sharing()
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
            wrapper.close()

    def abandon(self) -> None:
        """Leave it to the parent process, in a forked child."""
        if self._wrapper is not None:
            _inherited.append(self._wrapper)
            self._wrapper = None


def settings_for_writing(alias: str) -> dict[str, Any]:
    """Copy a database's settings, without a pool and with a time limit for connecting.

    Args:
        alias: the database.

    Returns:
        The settings of a connection that one thread keeps for itself.
    """
    settings: dict[str, Any] = deepcopy(connections[alias].settings_dict)
    options: dict[str, Any] = settings["OPTIONS"]
    options.pop("pool", None)
    for name, value in _OPTIONS.get(connections[alias].vendor, {}).items():
        if name == "transaction_mode":
            options[name] = value
        else:
            options.setdefault(name, value)
    settings["CONN_MAX_AGE"] = None
    settings["ATOMIC_REQUESTS"] = False
    settings["AUTOCOMMIT"] = True
    return settings
