"""What the site keeps in its own folder when there is no server: queue, results and secrets."""

import os
import secrets
from contextlib import suppress
from pathlib import Path
from typing import Any

from django.core.exceptions import ImproperlyConfigured


def make_folder(folder: Path) -> Path:
    """Make a folder, with those around it, unless it is there.

    Args:
        folder: its path.

    Returns:
        The same path.

    Raises:
        ImproperlyConfigured: it cannot be made.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        message = (
            f"Cannot make the folder {folder} ({error.strerror}). Set VAR_DIR to a folder that is yours."
        )
        raise ImproperlyConfigured(message) from error
    return folder


def broker_options(folder: Path) -> dict[str, Any]:
    """Return the transport options of the broker `filesystem://`, and make its folders.

    Args:
        folder: where the messages live.

    Returns:
        The value of Celery's broker_transport_options.
    """
    messages = make_folder(folder / "messages")
    return {
        "data_folder_in": str(messages),
        "data_folder_out": str(messages),
        "control_folder": str(make_folder(folder / "control")),
        "polling_interval": 0.1,  # seconds
    }


def result_backend(folder: Path) -> str:
    """Return the URL of a result backend in a folder, and make the folder.

    Args:
        folder: where the results live.

    Returns:
        The value of Celery's result_backend.
    """
    return f"file://{make_folder(folder)}"


def kept_secret(path: Path, length: int) -> str:
    """Return the secret that a file keeps; the first call invents it.

    Args:
        path: the file, readable by its owner alone.
        length: random bytes of a new secret.

    Returns:
        The same text at each call.
    """
    if not path.exists():
        _keep(secrets.token_urlsafe(length), path)
    return path.read_text()


def _keep(secret: str, path: Path) -> None:
    draft = path.with_suffix(f".{os.getpid()}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w") as file:
        file.write(secret)
    with suppress(FileExistsError):  # another process was faster
        os.link(draft, path)
    draft.unlink()
