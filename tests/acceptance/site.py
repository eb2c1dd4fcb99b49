"""A site of its own for each test: a database, a broker, and real worker processes."""

import json
import os
import signal
import subprocess
import sys
import uuid
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import Any

import pytest

from tests.services import FOLDER_BROKER_URL, empty_database
from tests.tracing import UNTRACED
from tests.waiting import wait_until

ROOT = Path(__file__).resolve().parents[2]
START_WITHIN = 120  # seconds
STOP_WITHIN = 60  # seconds


class Site:
    """Processes that share a database and a broker.

    Args:
        folder: where logs and files go.
        environment: the addresses of the servers.
    """

    def __init__(self, folder: Path, environment: dict[str, str]) -> None:
        self.folder = folder
        self.environment = {
            **os.environ,
            **environment,
            "DJANGO_SETTINGS_MODULE": "project.settings",
            "VAR_DIR": str(folder / "var"),
        }
        self._workers: list[subprocess.Popen[bytes]] = []
        self._client: subprocess.Popen[str] | None = None
        self._asked = ""

    def run(self, scenario: str, *args: object) -> Any:
        """Run a function of scenarios.py in the site's own client process, and return what it returned."""
        self.begin(scenario, *args)
        return self.answer()

    def begin(self, scenario: str, *args: object) -> None:
        """Ask for a function of scenarios.py; answer() waits for it."""
        if self._asked:
            self.answer()
        self._client = self._client or self._started_client()
        assert self._client.stdin is not None
        self._client.stdin.write(json.dumps([scenario, args]) + "\n")
        self._client.stdin.flush()
        self._asked = scenario

    def answer(self) -> Any:
        """Return what the function returned that was begun last."""
        assert self._client is not None
        assert self._client.stdout is not None
        asked, self._asked = self._asked, ""
        answer = self._client.stdout.readline()
        good, returned = json.loads(answer) if answer else (False, "the process ended")
        if not good:
            pytest.fail(f"{asked} failed:\n{returned}\n{self.logs()}")
        return returned

    def _started_client(self) -> subprocess.Popen[str]:
        command = [sys.executable, "-m", "tests.acceptance.scenarios"]
        with self.log_of("client").open("w") as errors:
            return subprocess.Popen(
                command,
                cwd=ROOT,
                env=self.environment,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=errors,
                text=True,
            )

    def start_worker(
        self,
        pool: str = "prefork",
        *options: str,
        concurrency: int = 2,
        settings: str = "project.settings",
    ) -> subprocess.Popen[bytes]:
        """Start a worker and wait until it takes tasks."""
        name = f"worker{len(self._workers)}"
        command = [sys.executable, "-m", "celery", "--app=tests.acceptance.app", "worker", "--loglevel=INFO"]
        command += [f"--pool={pool}", f"--concurrency={concurrency}", f"--hostname={name}@{uuid.uuid4().hex}"]
        log = self.log_of(name)
        with log.open("wb") as output:
            process = subprocess.Popen(
                [*command, "--without-gossip", "--without-mingle", *options],
                cwd=ROOT,
                env={**self.environment, "DJANGO_SETTINGS_MODULE": settings},
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        self._workers.append(process)
        if self._asked:
            self.answer()
        wait_until(
            lambda: " ready." in log.read_text() or process.poll() is not None,
            START_WITHIN,
            "the worker is ready",
        )
        if process.poll() is not None:
            pytest.fail(f"The worker ended at once:\n{log.read_text()[-4000:]}")
        return process

    def journals(self) -> list[str]:
        """List the files of journals that somebody has left."""
        return sorted(path.name for path in self.folder.glob("var/journals/*/[0-9]*"))

    def log_of(self, name: str) -> Path:
        """Return the log of "client", "worker0", "worker1" …"""
        return self.folder / f"{name}.log"

    def logs(self) -> str:
        """Return the ends of the workers' logs, for a failure's message."""
        return "\n".join(f"--- {log.name}\n{log.read_text()[-4000:]}" for log in self.folder.glob("*.log"))

    def stop(self) -> None:
        """Stop all processes, and leave nothing in the broker."""
        self._stop_workers()
        if self._client is None:
            return
        try:
            self.run("forget_messages")
        finally:
            self._client.communicate(timeout=STOP_WITHIN)

    def _stop_workers(self) -> None:
        # Celery takes up to five seconds to stop kindly, which only a tracer needs: it writes at the end.
        if not self.environment.items() >= UNTRACED.items():
            self._stop_workers_kindly()
        for process in self._workers:
            kill_group(process)

    def _stop_workers_kindly(self) -> None:
        running = [process for process in self._workers if process.poll() is None]
        for process in running:
            process.send_signal(signal.SIGTERM)
        for process in running:
            with suppress(subprocess.TimeoutExpired):
                process.wait(STOP_WITHIN)


def kill_group(process: subprocess.Popen[bytes]) -> None:
    """Kill a worker with its children, and wait until all of them have let their journals go."""
    try:
        os.killpg(process.pid, signal.SIGKILL)
    except ProcessLookupError:
        return
    process.wait(STOP_WITHIN)
    wait_until(lambda: not _has_files(process.pid), STOP_WITHIN, "the children to die")


def _has_files(group: int) -> bool:
    """Tell whether a process of a group lives; one that nobody has waited for has closed its files."""
    for stat in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError):
            state, _, its_group = stat.read_text().rpartition(")")[2].split()[:3]
            if int(its_group) == group and state not in "ZX":
                return True
    return False


@contextmanager
def open_site(folder: Path, database_url: str, broker_url: str, **environment: str) -> Iterator[Site]:
    """Make a site: an empty database with our tables, and a broker that nobody else uses.

    Args:
        folder: an empty folder.
        database_url: one of database_urls().
        broker_url: one of broker_urls().
        environment: further environment variables of its processes.

    Yields:
        The site; it is removed at the end.
    """
    with ExitStack() as stack:
        if not database_url.startswith("sqlite"):
            environment["DATABASE_URL"] = stack.enter_context(empty_database(database_url, folder))
        if broker_url != FOLDER_BROKER_URL:
            environment["CELERY_BROKER_URL"] = broker_url
        environment["TEST_QUEUE"] = environment["TEST_CONTROL"] = f"pu_{uuid.uuid4().hex}"
        site = Site(folder, environment)
        stack.callback(site.stop)
        site.begin("migrate")
        yield site
