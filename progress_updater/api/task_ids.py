"""Task ids in addresses: any text, also one with slashes, dots or line breaks."""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from typing import Final

from progress_updater.recording.clean import task_key

MARK: Final = "~"
_STEPS_OF_A_PATH: Final = frozenset({"", ".", ".."})


class TaskIdConverter:
    """Convert between a task's id and the part of an address that names it.

    An id stands there as it is, percent-encoded. One that has a slash, that is a step of a path, or that
    begins with "~" is written as "~" and its base64url form without padding.
    """

    regex = "[^/]+"

    def to_python(self, value: str) -> str:
        """Return the key under which the id is stored."""
        return task_key(_decoded(value[1:]) or value if value.startswith(MARK) else value)

    def to_url(self, value: object) -> str:
        """Return the id as it stands in an address, before percent-encoding."""
        text = str(value)
        if "/" in text or text.startswith(MARK) or text in _STEPS_OF_A_PATH:
            return MARK + urlsafe_b64encode(text.encode()).decode().rstrip("=")
        return text


def _decoded(text: str) -> str | None:
    try:
        return urlsafe_b64decode(text + "=" * (-len(text) % 4)).decode()
    except ValueError:
        return None
