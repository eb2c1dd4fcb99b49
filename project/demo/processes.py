"""The processes of one demo: watched while it runs, all gone when it ends."""

import subprocess
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path
from signal import SIGTERM, Signals
from types import TracebackType
from typing import Self

from project.demo.environment import processes_environment
from project.demo.errors import PreparationFailed, ServerDied, TookTooLong
from project.demo.process import Process, start
from project.demo.stop import StopSignals

LOOK_EVERY = 0.05  # seconds
STOP_WITHIN = 6.0  # seconds
KILL_WITHIN = 5.0  # seconds
TAIL = 20  # lines


class Processes:
    """Start processes; leaving the block ends each of them with all that it started."""

    def __init__(self, folder: Path, temporary: Path, stop: StopSignals) -> None:
        self._environment = processes_environment(folder, temporary)
        self._logs = folder / "log"
        self._stop = stop
        self._started: list[Process] = []
        self._servers: dict[str, Process] = {}

    def __enter__(self) -> Self:
        self._logs.mkdir(exist_ok=True)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for process in self._started:
            process.ask_to_stop()
        if not self._gone_within(STOP_WITHIN):
            for process in self._started:
                process.kill()
            self._gone_within(KILL_WITHIN)

    def serve(
        self, name: str, *command: str, stop_signal: Signals = SIGTERM, descriptors: Sequence[int] = ()
    ) -> None:
        """Start a process that shall run as long as the demo.

        Args:
            name: what the user calls it; its log has this name.
            *command: the Python module and its arguments.
            stop_signal: what asks it to end soon.
            descriptors: open files that it inherits.
        """
        self._stop.check()
        with self._log(name).open("wb") as log:
            self._servers[name] = start(
                command,
                environment=self._environment,
                stdout=log,
                stderr=log,
                stop_signal=stop_signal,
                descriptors=descriptors,
            )
        self._started.append(self._servers[name])

    def ask(self, *command: str, seconds: float) -> bytes:
        """Run a process to its end.

        Args:
            *command: the Python module and its arguments.
            seconds: how long it may take.

        Returns:
            What it wrote to stdout.

        Raises:
            PreparationFailed: it ended with an error.
        """
        self._stop.check()
        process = start(
            command, environment=self._environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE
        )
        self._started.append(process)
        output: list[bytes] = []

        def has_answered() -> bool:
            with suppress(subprocess.TimeoutExpired):
                output.extend(process.head.communicate(timeout=LOOK_EVERY))
            return bool(output)

        self.wait_until(has_answered, seconds, f"{' '.join(command)} did not end")
        answer, errors = output
        if process.head.returncode:
            raise PreparationFailed(errors.decode(errors="replace").strip())
        return answer

    def wait_until(self, there: Callable[[], bool], seconds: float, otherwise: str) -> None:
        """Wait for something, while all servers run.

        Args:
            there: tells whether it has come.
            seconds: how long to wait.
            otherwise: what to say if it does not come.

        Raises:
            TookTooLong: it did not come.
            ServerDied: a server is no longer there.
            StopAsked: a signal came.
        """
        deadline = time.monotonic() + seconds
        while not there():
            if time.monotonic() > deadline:
                raise TookTooLong(otherwise, seconds, "\n".join(map(self._tail, self._servers)))
            self._watch()
            time.sleep(LOOK_EVERY)

    def _watch(self) -> None:
        self._stop.check()
        for name, server in self._servers.items():
            if server.has_ended():
                raise ServerDied(name, server.head.returncode, self._tail(name))

    def _log(self, name: str) -> Path:
        return self._logs / f"{name}.log"

    def _tail(self, name: str) -> str:
        log = self._log(name)
        lines = log.read_text(errors="replace").splitlines()[-TAIL:]
        return "\n".join([f"The end of {log}:", *(f"    {line}" for line in lines)])

    def _gone_within(self, seconds: float) -> bool:
        deadline = time.monotonic() + seconds
        while not all(process.is_gone() for process in self._started):
            if time.monotonic() > deadline:
                return False
            time.sleep(LOOK_EVERY)
        return True
