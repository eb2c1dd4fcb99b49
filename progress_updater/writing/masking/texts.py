"""Mask a text of any kind; what cannot be masked is left out, and never stored as it is."""

from collections.abc import Callable
from typing import Final

from progress_updater.recording.guard import Expected, guard
from progress_updater.recording.passing import PASSING
from progress_updater.writing.masking.commands import may_hold_command, without_commands
from progress_updater.writing.masking.cuts import ELLIPSIS, without_begun
from progress_updater.writing.masking.elements import may_hold_element, without_elements
from progress_updater.writing.masking.encoded import may_hold_encoded, without_encoded
from progress_updater.writing.masking.named import may_name_secret, without_named
from progress_updater.writing.masking.rows import without_refused
from progress_updater.writing.masking.shapes import may_hold_shape, without_shapes
from progress_updater.writing.masking.urls import without_passwords

_SEARCHES: Final = (
    without_shapes,
    without_passwords,
    without_refused,
    without_elements,
    without_commands,
    without_encoded,
    without_named,
)
LEFT_OUT: Final = "(left out: this text could not be searched for secrets)"


class NotMasked(Expected):
    """A text could not be masked; says the type of the error alone, for its text may quote the secret."""


def left_out_on_error(mask: Callable[[str], str]) -> Callable[[str], str]:
    """Let a text be replaced by LEFT_OUT where masking it fails: no line is lost, and no secret is kept.

    Args:
        mask: what may fail.

    Returns:
        What does not.
    """

    def guarded(text: str) -> str:
        try:
            return mask(text)
        except PASSING:
            raise
        except Exception as error:
            guard.report(NotMasked(type(error).__name__), "mask a text; it is left out")
            return LEFT_OUT

    return guarded


def masked(text: str) -> str:
    """Mask the secrets in a text.

    Args:
        text: any text.

    Returns:
        The text itself where there is none; LEFT_OUT where it cannot be told.
    """
    return _masked(text) if _may_hold_secret(text) else text


def _may_hold_secret(text: str) -> bool:
    return (
        may_name_secret(text)
        or may_hold_shape(text)
        or may_hold_element(text)
        or may_hold_command(text)
        or may_hold_encoded(text)
    )


@left_out_on_error
def masked_tag(text: str) -> str:
    """Mask a tag: by shapes alone, for "session:17" is a tag and no secret.

    Args:
        text: the tag.

    Returns:
        As masked().
    """
    return without_shapes(without_passwords(text))


@left_out_on_error
def _masked(text: str) -> str:
    for without_secrets in _SEARCHES:
        text = without_secrets(text)
    return without_begun(text) if ELLIPSIS in text else text
