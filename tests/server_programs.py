"""Programs of servers, for tests that start, stop and kill a server of their own."""

import shutil
import subprocess
from pathlib import Path

DEBIAN = Path("/usr/lib/postgresql")
SYSTEM = "/usr/local/sbin:/usr/sbin:/sbin"


def find_program(name: str) -> str:
    """Return the path of a program.

    Args:
        name: of the program; those of PostgreSQL are no commands on every system.

    Returns:
        Its path, or the name itself where it is not found.
    """
    newest = sorted(DEBIAN.glob(f"*/bin/{name}"), key=lambda path: int(path.parts[-3].partition(".")[0]))
    return str(newest[-1]) if newest else shutil.which(name) or shutil.which(name, path=SYSTEM) or name


def program_version(path: str) -> str:
    """Return the version that a program tells.

    Args:
        path: of the program.

    Raises:
        OSError: it is not there.
    """
    told = subprocess.run([path, "--version"], capture_output=True, text=True, check=True, timeout=60).stdout
    return next(word.removeprefix("v=") for word in told.split() if word.removeprefix("v=")[:1].isdigit())
