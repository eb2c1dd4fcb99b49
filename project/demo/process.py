"""One process that the demo started, with all that this process started itself."""

import os
import signal
import subprocess
import sys
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import IO

from project.demo.options import ROOT


@dataclass(frozen=True, slots=True, kw_only=True)
class Process:
    """A process at the head of a process group of its own."""

    head: subprocess.Popen[bytes]
    """The process itself."""

    stop_signal: signal.Signals
    """What asks it to end soon."""

    def has_ended(self) -> bool:
        """Tell whether the process itself is gone."""
        return self.head.poll() is not None

    def is_gone(self) -> bool:
        """Tell whether the process and all that it started are gone."""
        return self.has_ended() and not self._signal_group(0)

    def ask_to_stop(self) -> None:
        """Let the process end in order; what it left behind is killed."""
        if self.has_ended():
            self.kill()
        else:
            self.head.send_signal(self.stop_signal)

    def kill(self) -> None:
        """End the process and all that it started, at once."""
        self._signal_group(signal.SIGKILL)

    def _signal_group(self, number: int) -> bool:
        # A Mac says "not permitted" of a group in which only dead processes are left.
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(self.head.pid, number)
            return True
        return False


def start(
    command: Sequence[str],
    *,
    environment: Mapping[str, str],
    stdout: IO[bytes] | int,
    stderr: IO[bytes] | int,
    stop_signal: signal.Signals = signal.SIGTERM,
    descriptors: Sequence[int] = (),
) -> Process:
    """Start a Python module as a process that hears no Ctrl-C of the terminal.

    Args:
        command: the module and its arguments.
        environment: its environment variables.
        stdout: where its output goes.
        stderr: where its error output goes.
        stop_signal: what asks it to end soon.
        descriptors: open files that it inherits.

    Returns:
        The running process.
    """
    head = subprocess.Popen(
        [sys.executable, "-m", *command],
        cwd=ROOT,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=stdout,
        stderr=stderr,
        pass_fds=descriptors,
        start_new_session=True,
    )
    return Process(head=head, stop_signal=stop_signal)
