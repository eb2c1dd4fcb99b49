"""This process, as other processes know it."""

import os
import secrets
import socket
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class ProcessIdentity:
    """A process, from its start, or from its fork, to its end."""

    token: str
    """Random: a pid is used again."""
    host: str
    pid: int


_this: ProcessIdentity | None = None


def this_process() -> ProcessIdentity:
    """Return the identity of this process, made when it is first asked for.

    Returns:
        The same until the process forks: the child is a process of its own.
    """
    global _this  # noqa: PLW0603 (a process has one)
    if _this is None:
        _this = ProcessIdentity(secrets.token_hex(16), socket.gethostname(), os.getpid())
    return _this


def _forget() -> None:
    global _this  # noqa: PLW0603
    _this = None


os.register_at_fork(after_in_child=_forget)
