"""Servers of a test's own, which it may stop in the midst of things."""

import os
import pwd
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from tests.ports import free_port
from tests.services import service_url
from tests.waiting import wait_until

STARTS_WITHIN = 60  # seconds
STOPS_WITHIN = 60  # seconds

POSTGRES_OPTIONS = {
    "listen_addresses": "127.0.0.1",
    "unix_socket_directories": "",
    "fsync": "off",
    "max_connections": "20",
    "deadlock_timeout": "100ms",
}

BOUNCER_FILE = """\
[databases]
* = host=127.0.0.1 port={server_port} user=postgres
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = {port}
unix_socket_dir =
auth_type = any
pool_mode = transaction
"""


class OwnServer:
    """A server process, with its children.

    Args:
        url: where it answers.
        command: the program and its arguments.
        folder: where it keeps its files, and its log.
        shut_down_by: the signal by which it ends at once.
    """

    def __init__(self, url: str, command: list[str], folder: Path, shut_down_by: signal.Signals) -> None:
        self.url = url
        self._command = command
        self._folder = folder
        self._shut_down_by = shut_down_by
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start it, again if need be, and wait until it answers."""
        with (self._folder / "server.log").open("ab") as log:
            self._process = subprocess.Popen(
                self._command, stdout=log, stderr=log, start_new_session=True, **_nobody_special()
            )
        wait_until(lambda: answers(self.url), STARTS_WITHIN, f"{self._command[0]} answers")

    def stop(self) -> None:
        """Have it hang."""
        # The parent comes first, so that it has no further children.
        os.kill(self._pid, signal.SIGSTOP)
        self._signal_children(signal.SIGSTOP)

    def go_on(self) -> None:
        """Let it answer again after stop()."""
        self._signal_children(signal.SIGCONT)
        os.kill(self._pid, signal.SIGCONT)

    def shut_down(self) -> None:
        """End it at once."""
        os.kill(self._pid, self._shut_down_by)
        assert self._process is not None
        self._process.wait(STOPS_WITHIN)
        self._process = None

    def remove(self) -> None:
        """End it, whatever state it is in."""
        if self._process is None:
            return
        with suppress(ProcessLookupError):
            self.go_on()
            self.shut_down()

    @property
    def _pid(self) -> int:
        assert self._process is not None
        return self._process.pid

    def _signal_children(self, number: signal.Signals) -> None:
        for child in Path(f"/proc/{self._pid}/task/{self._pid}/children").read_text().split():
            with suppress(ProcessLookupError):
                os.kill(int(child), number)


@contextmanager
def stopped(server: OwnServer) -> Iterator[None]:
    """Have a server hang for a while: its connections stay, and nobody is answered."""
    server.stop()
    try:
        yield
    finally:
        server.go_on()


@contextmanager
def shut_down(server: OwnServer) -> Iterator[None]:
    """Have a server be gone for a while: its connections are cut, and new ones are refused."""
    server.shut_down()
    try:
        yield
    finally:
        server.start()


@contextmanager
def own_postgres() -> Iterator[OwnServer]:
    """Start a PostgreSQL server; the test needs the service "initdb"."""
    with _folder() as folder:
        initdb = service_url("initdb")
        _run(initdb, "-D", str(folder / "data"), "-U", "postgres", "-A", "trust", "-E", "UTF8", "--no-sync")
        port = free_port()
        options = [f"-c{name}={value}" for name, value in {**POSTGRES_OPTIONS, "port": port}.items()]
        command = [str(Path(initdb).with_name("postgres")), "-D", str(folder / "data"), *options]
        url = f"postgres://postgres@127.0.0.1:{port}/postgres"
        with _running(OwnServer(url, command, folder, signal.SIGQUIT)) as server:
            yield server


@contextmanager
def own_pgbouncer(server: OwnServer) -> Iterator[OwnServer]:
    """Start a PgBouncer in front of a PostgreSQL server; the test needs the service "pgbouncer"."""
    with _folder() as folder:
        port = free_port()
        file = folder / "pgbouncer.ini"
        file.write_text(BOUNCER_FILE.format(server_port=port_of(server.url), port=port))
        url = server.url.replace(f":{port_of(server.url)}/", f":{port}/")
        command = [service_url("pgbouncer"), str(file)]
        with _running(OwnServer(url, command, folder, signal.SIGTERM)) as bouncer:
            yield bouncer


@contextmanager
def own_redis() -> Iterator[OwnServer]:
    """Start a Redis server that keeps nothing; the test needs the service "redis-server"."""
    with _folder() as folder:
        port = free_port()
        command = [service_url("redis-server"), "--port", str(port), "--bind", "127.0.0.1", "--save", ""]
        url = f"redis://127.0.0.1:{port}/0"
        with _running(OwnServer(url, [*command, "--dir", str(folder)], folder, signal.SIGTERM)) as server:
            yield server


def answers(url: str) -> bool:
    """Tell whether a server takes a connection and answers."""
    try:
        if url.startswith("redis"):
            import redis

            with redis.Redis.from_url(url) as client:
                return bool(client.ping())
        import psycopg

        with psycopg.connect(url, connect_timeout=2) as connection:
            return connection.execute("SELECT 1").fetchone() == (1,)
    except Exception:
        return False


def port_of(url: str) -> int:
    """Return the port in a URL."""
    return int(url.rpartition("/")[0].rpartition(":")[2])


@contextmanager
def _running(server: OwnServer) -> Iterator[OwnServer]:
    try:
        server.start()
        yield server
    finally:
        server.remove()


@contextmanager
def _folder() -> Iterator[Path]:
    # Not below pytest's own folder, which is closed for the user that the server runs as.
    folder = Path(tempfile.mkdtemp(prefix="own-server-"))
    try:
        if os.getuid() == 0:
            os.chown(folder, pwd.getpwnam("postgres").pw_uid, -1)
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _nobody_special() -> dict[str, Any]:
    """Return how a process is started, for these servers refuse to run as root."""
    return {"user": "postgres", "group": "postgres", "extra_groups": []} if os.getuid() == 0 else {}


def _run(*command: str) -> None:
    done = subprocess.run(command, capture_output=True, text=True, check=False, **_nobody_special())
    assert done.returncode == 0, done.stderr
