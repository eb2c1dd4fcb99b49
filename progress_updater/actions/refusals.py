"""Why an action is not done."""

from progress_updater import wording
from progress_updater.exceptions import ProgressUpdaterError


class Refused(ProgressUpdaterError):
    """The state of the task, or what is known of it, does not allow the action.

    Args:
        code: a key of wording.REFUSALS.

    Attributes:
        code: the same.
    """

    def __init__(self, code: str) -> None:
        super().__init__(str(wording.REFUSALS[code]))
        self.code = code


class BrokerAway(ProgressUpdaterError):
    """The broker cannot be reached.

    Args:
        text: what that means, and what to do.
    """

    def __init__(self, text: object) -> None:
        super().__init__(str(text))
