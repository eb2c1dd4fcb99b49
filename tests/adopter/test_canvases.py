"""A strange project's canvases are shown as they are, at every moment, from the day on which it gets the app.

What its developers do for it: a line in INSTALLED_APPS, one in urlpatterns, and `migrate`.
"""

import base64
import json
import os
import subprocess
import sys
import uuid
from collections.abc import Iterator
from contextlib import ExitStack
from functools import partial
from http.client import HTTPConnection
from pathlib import Path
from typing import Any

import pytest
import redis

from tests.acceptance.site import kill_group
from tests.ports import free_port
from tests.services import empty_database, service_url
from tests.tracing import UNTRACED
from tests.waiting import wait_until

HERE = Path(__file__).parent
ROOT = HERE.parents[1]

RANKS = {"PENDING": 0, "STARTED": 1, "SUCCESS": 2}

ORDERS: dict[str, tuple[list[str], Any]] = {
    "chain": (["mix", "bake", "pack"], ["mix", "bake", "pack"]),
    "group": (["bake", "mix", "mix"], [["mix", "bake", "mix"]]),
    "chord": (["bake", "bake", "pack"], [["bake", "bake"], "pack"]),
}
"""The names of the tasks, and how they stand in the tree."""

AT_ONCE = {"chain": ["mix", "bake", "pack"], "group": [], "chord": ["pack"]}
"""Those that are there in the first answer: the members of a group come one by one."""

pytestmark = [pytest.mark.processes, pytest.mark.needs("postgres"), pytest.mark.needs("redis")]


class Bakery:
    """The project, with the app, its server and its worker."""

    def __init__(self, folder: Path, database_url: str, queue: str) -> None:
        self._folder = folder
        self._processes: list[subprocess.Popen[bytes]] = []
        self._environment = {
            **os.environ,
            **UNTRACED,
            "PYTHONPATH": os.pathsep.join([str(HERE), str(ROOT)]),
            "DJANGO_SETTINGS_MODULE": "adopted_settings",
            "DATABASE_URL": database_url,
            "BROKER_URL": service_url("redis"),
            "QUEUE": queue,
        }
        self._port = free_port()

    def manage(self, *command: str, **variables: str) -> None:
        """Run a command of Django."""
        subprocess.run(
            [sys.executable, "-m", "django", *command],
            cwd=self._folder,
            env=self._environment | variables,
            check=True,
            timeout=120,
            stdout=subprocess.DEVNULL,
        )

    def start(self) -> None:
        """Start the server and the worker, and wait until both answer."""
        self._start("server", "django", "runserver", "--noreload", f"127.0.0.1:{self._port}")
        worker = "celery", "--app=bakery", "worker", "--pool=prefork", "--concurrency=2", "--loglevel=INFO"
        log = self._start("worker", *worker)
        wait_until(self._is_served, 60, "the server")
        wait_until(lambda: " ready." in log.read_text(), 120, "the worker")

    def _start(self, name: str, *command: str) -> Path:
        log = self._folder / f"{name}.log"
        with log.open("wb") as output:
            self._processes.append(
                subprocess.Popen(
                    [sys.executable, "-m", *command],
                    cwd=self._folder,
                    env=self._environment,
                    stdout=output,
                    stderr=output,
                    start_new_session=True,
                )
            )
        return log

    def stop(self) -> None:
        """Stop both."""
        for process in self._processes:
            kill_group(process)

    def _is_served(self) -> bool:
        try:
            return self.get("/nothing/")[0] == 404
        except ConnectionError:
            return False

    def get(self, path: str) -> tuple[int, bytes]:
        """Ask as the one user who may see everything."""
        connection = HTTPConnection("127.0.0.1", self._port, timeout=30)
        credentials = base64.b64encode(b"baker:secret").decode()
        connection.request("GET", path, headers={"Authorization": f"Basic {credentials}"})
        with connection.getresponse() as response:
            return response.status, response.read()

    def read(self, path: str) -> Any:
        """Return the JSON of an address of the app, or of the project; None where there is nothing."""
        status, body = self.get(path)
        assert status in {200, 404}, body
        return json.loads(body) if status == 200 else None


@pytest.fixture(scope="module")
def bakery(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bakery]:
    folder, queue = tmp_path_factory.mktemp("bakery"), f"pu_{uuid.uuid4().hex}"
    with ExitStack() as stack:
        url = stack.enter_context(empty_database(service_url("postgres"), folder))
        stack.callback(_forget, queue)
        bakery = Bakery(folder, url, queue)
        bakery.manage("migrate", DJANGO_SETTINGS_MODULE="bakery.settings")
        bakery.manage("migrate")
        credentials = {"DJANGO_SUPERUSER_PASSWORD": "secret"}
        bakery.manage(
            "createsuperuser", "--noinput", "--username=baker", "--email=baker@example.com", **credentials
        )
        stack.callback(bakery.stop)
        bakery.start()
        yield bakery


def _forget(queue: str) -> None:
    with redis.Redis.from_url(service_url("redis")) as client:
        for key in list(client.scan_iter(f"{queue}*")):
            client.delete(key)


class Follower:
    """A reader who asks for the tree and for the list, and expects that things only go forward."""

    def __init__(self, bakery: Bakery, task_id: str, kind: str) -> None:
        self._bakery = bakery
        self._task_id = task_id
        self._kind = kind
        self._ranks: dict[str, int] = {}
        self._percents = {"tree": 0.0, "list": 0.0}
        self.polls = 0
        self.seen: set[tuple[str, ...]] = set()

    def look(self) -> bool:
        """Ask for both; return whether all is over."""
        tree = self._bakery.read(f"/progress/api/tasklogs/{self._task_id}/tree/")
        if tree is None:
            assert not self._ranks
            return False
        self._check_tasks(list(_tasks(tree["children"])))
        self._check_percent("tree", tree["whole"])
        items = self._bakery.read("/progress/api/tasklogs/?page_size=100")["results"]
        tasks = [item for item in items if item["task_uuid"] in self._ranks]
        self._check_tasks(tasks)
        for task in tasks:
            if task["whole"] is not None:
                self._check_percent("list", task["whole"])
        self.polls += 1
        return len(tasks) == 3 and all(
            task["state"] == "SUCCESS" and task["whole"] is not None and task["whole"]["percent"] == 100
            for task in tasks
        )

    def _check_tasks(self, tasks: list[dict[str, Any]]) -> None:
        names = sorted(_name(task) for task in tasks)
        expected = ORDERS[self._kind][0]
        assert all(names.count(name) <= expected.count(name) for name in names), names
        assert all(name in names for name in AT_ONCE[self._kind]), names
        ranks = {task["task_uuid"]: RANKS[task["state"]] for task in tasks}
        assert self._ranks.keys() <= ranks.keys(), "a task is gone"
        assert all(ranks[task] >= rank for task, rank in self._ranks.items()), (self._ranks, ranks)
        self._ranks = ranks
        self.seen.add(tuple(sorted(task["state"] for task in tasks)))

    def _check_percent(self, where: str, whole: dict[str, Any]) -> None:
        assert self._percents[where] <= whole["percent"] <= 100
        self._percents[where] = whole["percent"]


def _tasks(nodes: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    for node in nodes:
        if node["kind"] == "task":
            yield node
        yield from _tasks(node["children"])


def _name(task: dict[str, Any]) -> str:
    return str(task["task_name"]).rpartition(".")[2]


def _outline(nodes: list[dict[str, Any]]) -> list[Any]:
    return [_name(node) if node["kind"] == "task" else _outline(node["children"]) for node in nodes]


@pytest.mark.alone
@pytest.mark.parametrize("kind", ORDERS)
def test_a_canvas_is_right_at_every_moment(bakery: Bakery, kind: str) -> None:
    task_id = bakery.read(f"/order/{kind}/")["id"]
    follower = Follower(bakery, task_id, kind)
    wait_until(partial(follower.look), 60, f"the end of the {kind}")

    tree = bakery.read(f"/progress/api/tasklogs/{task_id}/tree/")
    assert _outline(tree["children"]) == ORDERS[kind][1]
    assert tree["whole"] == {"tasks": 3, "done": 3, "failed": 0, "percent": 100}
    assert {task["state"] for task in _tasks(tree["children"])} == {"SUCCESS"}
    assert follower.polls > 10
    assert any("STARTED" in states for states in follower.seen), "it was followed while it went on"
