"""Random names for runs, made without leaving the interpreter."""

import os
import secrets
from random import Random
from typing import Final

SEED: Final = 32  # bytes

# os.urandom gives the GIL away: beside a writer that works, a task would wait for it for milliseconds.
_random: Final = Random(secrets.token_bytes(SEED))  # noqa: S311 (they are names, no secrets)


def run_token() -> str:
    """Make a name that no other run has, in this process or in another one.

    Returns:
        32 hexadecimal digits. They are no secret: whoever knows some can tell the next.
    """
    return f"{_random.getrandbits(128):032x}"


def _begin_anew() -> None:
    _random.seed(secrets.token_bytes(SEED))


os.register_at_fork(after_in_child=_begin_anew)
