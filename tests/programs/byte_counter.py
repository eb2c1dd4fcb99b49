"""Count what has no total: bytes that arrive until there are no more."""

import hashlib
from collections.abc import Iterable

from celery import shared_task

from progress_updater import notify, step


@shared_task
def receive(chunks: Iterable[bytes]) -> str:
    """Receive a file of unknown size.

    Args:
        chunks: its content, piece by piece.

    Returns:
        The SHA-256 of the content.
    """
    digest = hashlib.sha256()
    with step("Receive", unit="bytes") as received:
        for chunk in chunks:
            digest.update(chunk)
            received.advance(len(chunk))
    notify(f"The file is {digest.hexdigest()[:8]}")
    return digest.hexdigest()
