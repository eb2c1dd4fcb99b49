"""The site as the demo runs it: databases, a prefork worker, a web server."""

import json
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path
from signal import SIGQUIT

from project.demo.folder import passing_folder
from project.demo.http import get
from project.demo.output import say
from project.demo.port import HOST
from project.demo.processes import Processes
from project.demo.stop import StopSignals

MIGRATE_WITHIN = 120.0  # seconds
ANSWER_WITHIN = 60.0  # seconds
SEND_WITHIN = 60.0  # seconds

WORKER = ("celery", "--app=project", "worker", "--pool=prefork", "--concurrency=2", "--loglevel=INFO")


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """A running site."""

    processes: Processes
    """Its servers."""

    port: int
    """Its web server's port."""

    login: dict[str, str]
    """name, password and token of its superuser."""

    @property
    def address(self) -> str:
        """The web server's address."""
        return f"http://{HOST}:{self.port}"

    def send(self, *names: str) -> list[str]:
        """Send example tasks to the worker.

        Args:
            *names: functions in project.tasks.

        Returns:
            The tasks' ids.
        """
        answer = self.processes.ask("project.demo.send", *names, seconds=SEND_WITHIN)
        return [str(task_id) for task_id in json.loads(answer)]


@contextmanager
def running_site(folder: Path, listening: socket.socket, stop: StopSignals) -> Iterator[Site]:
    """Run the site within the block.

    Args:
        folder: where it lives.
        listening: the web server's open socket.
        stop: the signals that end it.

    Yields:
        The site, when its web server answers.
    """
    with passing_folder(folder) as temporary, Processes(folder, temporary, stop) as processes:
        say("Preparing the databases ...")
        login = json.loads(processes.ask("project.demo.prepare", seconds=MIGRATE_WITHIN))
        say("Starting a worker and a web server ...")
        # SIGQUIT is Celery's quick shutdown; SIGTERM would wait for tasks that take minutes.
        processes.serve("worker", *WORKER, stop_signal=SIGQUIT)
        descriptor, port = listening.fileno(), listening.getsockname()[1]
        processes.serve("web server", "project.demo.web", str(descriptor), descriptors=[descriptor])
        processes.wait_until(
            lambda: get(port, "/accounts/login/").status == HTTPStatus.OK,
            ANSWER_WITHIN,
            "the web server did not answer",
        )
        yield Site(processes=processes, port=port, login=login)
