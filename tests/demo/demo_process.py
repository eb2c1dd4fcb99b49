"""A demo that runs for real, and what is left of it."""

import os
import signal
import subprocess
import sys
import uuid
from pathlib import Path
from typing import IO

from project.demo.options import ROOT
from tests.ports import free_port
from tests.tracing import UNTRACED
from tests.waiting import wait_until

MARK = "DEMO_UNDER_TEST"


class DemoProcess:
    """`python -m project.demo` with a folder, a port and a place for temporary files of its own."""

    def __init__(self, folder: Path, **environment: str) -> None:
        self.port = int(environment.setdefault("PORT", str(free_port())))
        self.var = Path(environment.setdefault("VAR_DIR", str(folder / "var")))
        self.temporary = folder / "temporary"
        self.temporary.mkdir()
        self._mark = uuid.uuid4().hex
        self._errors = folder / "stderr"
        with self._errors.open("wb") as errors:
            self.process = self._start({**environment, "TMPDIR": str(self.temporary)}, errors)

    def _start(self, environment: dict[str, str], errors: IO[bytes]) -> subprocess.Popen[bytes]:
        return subprocess.Popen(
            [sys.executable, "-m", "project.demo"],
            cwd=ROOT,
            env={**os.environ, **UNTRACED, MARK: self._mark, **environment},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=errors,
            start_new_session=True,
        )

    @property
    def said(self) -> str:
        return self._errors.read_text()

    def wait_until_it_says(self, text: str, seconds: float = 120) -> None:
        wait_until(lambda: text in self.said or self.has_ended(), seconds, f"the demo to say {text!r}")
        assert text in self.said

    def has_ended(self) -> bool:
        return self.process.poll() is not None

    def end(self, seconds: float = 120) -> tuple[int, bytes]:
        """Wait for its end and return its exit code and what it wrote to stdout."""
        output, _ = self.process.communicate(timeout=seconds)
        return self.process.returncode, output

    def living_processes(self) -> dict[int, str]:
        """Return the command line of each process that the demo has started, by process id."""
        return {int(folder.name): command for folder, command in _processes_with(f"{MARK}={self._mark}")}

    def kill_all(self) -> None:
        """End whatever a failed test left running."""
        for process_id in self.living_processes():
            os.kill(process_id, signal.SIGKILL)
        self.process.communicate()


def _processes_with(variable: str) -> list[tuple[Path, str]]:
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            if variable.encode() in (folder / "environ").read_bytes().split(b"\0"):
                found.append((folder, (folder / "cmdline").read_text().replace("\0", " ")))
        except (FileNotFoundError, ProcessLookupError, PermissionError):
            continue  # it ended meanwhile, or is somebody else's
    return found
