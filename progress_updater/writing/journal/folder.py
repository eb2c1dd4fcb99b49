"""Where journals are: a folder of this user alone, one for each database."""

import os
import stat
import tempfile
from hashlib import sha256
from importlib.util import find_spec
from pathlib import Path

from django.db import connections

from progress_updater.settings import Settings
from progress_updater.writing.journal.segments import FORMAT


class UnsafeFolder(OSError):
    """Somebody else could read or change the journals."""


def journal_folder(settings: Settings) -> Path | None:
    """Tell where the journals of a database are.

    Staging, production and tests never share a folder, so none of them stores what belongs to another; and
    no version of the app reads the files of another one.

    Args:
        settings: the app's settings.

    Returns:
        The folder, which may not exist yet; None where the journal is switched off.
    """
    if settings.JOURNAL_DIR is None or find_spec("fcntl") is None:
        return None
    database = connections[settings.DATABASE].settings_dict
    named = "\n".join([*(str(database.get(key, "")) for key in ("ENGINE", "HOST", "PORT", "NAME")), FORMAT])
    return _parent(settings.JOURNAL_DIR) / sha256(named.encode()).hexdigest()[:16]


def _parent(written: str | Path) -> Path:
    if written == "auto":
        return Path(tempfile.gettempdir()) / f"progress_updater-{os.geteuid()}"
    return Path(written)


def make_folder(folder: Path) -> None:
    """Make a folder, and the one around it, for this user alone.

    Args:
        folder: what journal_folder() told.

    Raises:
        UnsafeFolder: it is there, and belongs to somebody else.
        OSError: it cannot be made.
    """
    folder.parent.parent.mkdir(parents=True, exist_ok=True)
    for made in (folder.parent, folder):
        made.mkdir(mode=0o700, exist_ok=True)
        _check(made)
    folder.chmod(0o700)


def check_folder(folder: Path) -> None:
    """See to it that nobody else has put anything into a folder that is there.

    Args:
        folder: what journal_folder() told.

    Raises:
        UnsafeFolder: it, or the one around it, belongs to somebody else.
        OSError: it cannot be looked at.
    """
    for there in (folder.parent, folder):
        _check(there)


def _check(folder: Path) -> None:
    found = folder.lstat()
    if not stat.S_ISDIR(found.st_mode) or found.st_uid != os.geteuid():
        raise UnsafeFolder(
            f"{folder} belongs to somebody else. Run this as the user who owns it, or set JOURNAL_DIR to a "
            "folder of your own, or to None."
        )
