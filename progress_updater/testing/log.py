"""What one task has recorded, and what a test asserts about it."""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

from progress_updater.testing.entries import RecordedMessage, RecordedProgress, RecordedStep
from progress_updater.testing.outline import differences, outline_of

Record = dict[str, Any]


class RecordedOtherwise(AssertionError):
    """Something else was recorded than a test expects; the text shows what."""


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class RecordedLog:
    """The record of one task, as it was when the test asked for it.

    Steps, messages and text are those of the newest attempt. `str(log)` is the tree of names, states and
    messages that a failed assertion prints.
    """

    task_uuid: str
    name: str
    """The name that the author gave, else Celery's."""
    celery_name: str | None
    """None for a record that is no Celery task."""
    state: str
    """ "SUCCESS", "FAILURE", "STARTED", "RETRY" …; "PENDING" for a task that was sent and has not run."""
    custom_state: str | None
    steps: list[RecordedStep]
    """All of them, in the order of the tree: 1, 1.1, 2."""
    messages: list[RecordedMessage]
    progress: RecordedProgress
    exception: str | None
    """What the exception said that made the task fail."""
    exception_type: str | None
    """The qualified name of its class, bare for a built-in one: "ZeroDivisionError"."""
    text: str
    """The classic text."""
    owner: str | None
    tags: list[str]
    """By the alphabet."""
    about: str | None
    parent: str | None
    """The id of the task that sent it."""
    args: Any
    """What it was given, as JSON has it: tuples are lists; None where nobody knows."""
    kwargs: Any
    """The same for what it was given by name."""
    result: Any
    """The same for what it returned."""
    attempts: list[str]
    """The state of each attempt: ["RETRY", "SUCCESS"]."""
    json: Record
    """The record as the API shows it to readers of details, for what has no name here."""
    read_attempt: Callable[[int], "RecordedLog"] = field(compare=False)

    def __str__(self) -> str:
        return outline_of(self.json)

    def __repr__(self) -> str:
        return f"<{str(self).partition(chr(10))[0]}>"

    @property
    def texts(self) -> list[str]:
        """The texts of the messages."""
        return [message.text for message in self.messages]

    def attempt(self, number: int) -> "RecordedLog":
        """Look at another attempt.

        Args:
            number: 1 for the first execution.

        Returns:
            The same log with the steps, messages and text of that attempt.

        Raises:
            AssertionError: there was no such attempt.
        """
        __tracebackhide__ = True
        self._check(0 < number <= len(self.attempts), f"no attempt {number} among {self.attempts}")
        return self.read_attempt(number)

    def step(self, name: str) -> RecordedStep:
        """Find a step.

        Args:
            name: its name "Save rows", its path "2.1", or both: "2.1 Save rows".

        Returns:
            The step.

        Raises:
            AssertionError: there is none, or there are several of that name.
        """
        __tracebackhide__ = True
        found = [step for step in self.steps if name in (step.name, step.path, step.label)]
        self._check(bool(found), f"no step {name!r}")
        labels = ", ".join(repr(step.label) for step in found)
        self._check(len(found) == 1, f"several steps {name!r}; say which: {labels}")
        return found[0]

    def messages_in(self, name: str) -> list[str]:
        """List what was said in a step, without its child steps.

        Args:
            name: the step, as in `step()`.

        Returns:
            The texts, in order.

        Raises:
            AssertionError: there is no such step, or there are several.
        """
        __tracebackhide__ = True
        path = self.step(name).path
        return [message.text for message in self.messages if message.step == path]

    def assert_state(self, state: str) -> None:
        """Check the state of the task.

        Args:
            state: what it has to be, "SUCCESS" for example.

        Raises:
            AssertionError: it is another one; the tree is printed.
        """
        __tracebackhide__ = True
        self._check(self.state == state, f"the state is {self.state}, not {state}")

    def assert_steps(self, expected: Iterable[tuple[str, str]]) -> None:
        """Check all steps, in the order of the tree.

        Args:
            expected: (name, state) of each; the name may have the path before it: ("2.1 Name", "SUCCESS").

        Raises:
            AssertionError: there are others; the differences and the tree are printed.
        """
        __tracebackhide__ = True
        differing = differences([(name, state) for name, state in expected], self.steps)
        self._check(not differing, "the steps are others (- expected, + recorded):\n" + "\n".join(differing))

    def assert_message(
        self, text: str | re.Pattern[str], *, level: str | None = None, step: str | None = None
    ) -> None:
        """Check that something was said.

        Args:
            text: the whole text of a message, or a pattern that is found in it.
            level: the level that the message has to have.
            step: the step in which it has to stand, as in `step()`.

        Raises:
            AssertionError: nobody said it; the tree is printed.
        """
        __tracebackhide__ = True
        wanted = f"no message {_written(text)}"
        wanted += "" if level is None else f" of the level {level!r}"
        wanted += "" if step is None else f" in the step {step!r}"
        self._check(bool(self._said(text, level, step)), wanted)

    def assert_no_message(self, text: str | re.Pattern[str]) -> None:
        """Check that something was not said.

        Args:
            text: the whole text of a message, or a pattern that is found in it.

        Raises:
            AssertionError: somebody said it; the tree is printed.
        """
        __tracebackhide__ = True
        said = self._said(text, None, None)
        self._check(not said, f"{len(said)} x a message {_written(text)}")

    def _said(
        self, text: str | re.Pattern[str], level: str | None, step: str | None
    ) -> list[RecordedMessage]:
        __tracebackhide__ = True
        path = None if step is None else self.step(step).path
        return [
            message
            for message in self.messages
            if (text == message.text if isinstance(text, str) else text.search(message.text))
            and level in {None, message.level}
            and path in {None, message.step}
        ]

    def _check(self, holds: bool, otherwise: str) -> None:
        __tracebackhide__ = True
        if not holds:
            raise RecordedOtherwise(f"{otherwise}\n\nWhat was recorded:\n{self}")


def _written(text: str | re.Pattern[str]) -> str:
    return repr(text) if isinstance(text, str) else f"matching {text.pattern!r}"
