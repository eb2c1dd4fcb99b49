"""What this app writes to the log: an error may quote what was to be stored."""

import logging
from typing import Final

from progress_updater.recording.guard import logger
from progress_updater.writing.masking.texts import NotMasked, masked

_FORMATTER: Final = logging.Formatter()


class _Masking(logging.Filter):
    def filter(self, record: logging.LogRecord) -> bool:
        if isinstance(record.args, tuple) and any(isinstance(given, NotMasked) for given in record.args):
            return True
        said = record.getMessage()
        if masked(said) != said:
            record.msg, record.args = masked(said), None
        if record.exc_info:
            text = _FORMATTER.formatException(record.exc_info)
            if masked(text) != text:
                # A handler that would format the exception itself finds none.
                record.exc_info, record.exc_text = None, masked(text)
        return True


_MASKING: Final = _Masking()


def mask_log() -> None:
    """Mask the lines of the app's own logger, once."""
    logger.addFilter(_MASKING)
