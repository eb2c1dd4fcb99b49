"""What the user of the demo can choose, by environment variables: ONCE, PORT, VAR_DIR."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from project.demo.errors import WrongOption

ROOT = Path(__file__).resolve().parent.parent.parent
HIGHEST_PORT = 65535


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """The choices for one run of the demo."""

    once: bool
    """Run the founding example, print its JSON and end."""

    port: int
    """Port on 127.0.0.1; 0 takes a free one."""

    folder: Path
    """Where databases, queue and logs are; ONCE takes a temporary one instead."""


def read_options(environment: Mapping[str, str]) -> Options:
    """Read the choices.

    Args:
        environment: the process's environment variables.

    Returns:
        The choices, with defaults for what is not set.

    Raises:
        WrongOption: PORT is no port number.
    """
    once = environment.get("ONCE", "") not in ("", "0")
    return Options(
        once=once,
        port=0 if once else _port(environment.get("PORT") or "8000"),
        folder=Path(environment.get("VAR_DIR") or ROOT / "var").resolve(),
    )


def _port(text: str) -> int:
    if not (text.isascii() and text.isdigit() and int(text) <= HIGHEST_PORT):
        raise WrongOption("PORT", text, f"a port number (1 to {HIGHEST_PORT})")
    return int(text)
