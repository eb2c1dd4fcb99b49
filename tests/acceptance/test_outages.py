"""The database or the broker is away in the midst of tasks: they keep their speed, and nothing is lost."""

import os
import re
import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from statistics import median
from typing import Any

import pytest

from tests.acceptance.paced import LINES_A_SECOND, said
from tests.acceptance.site import Site, open_site
from tests.own_servers import OwnServer, own_postgres, own_redis, shut_down, stopped
from tests.waiting import wait_until

FULL = os.environ.get("ACCEPTANCE") == "full"
SECONDS = 60 if FULL else 6
TASKS = 4
LINES = (SECONDS + 1) * LINES_A_SECOND
SLOWER = 1.1  # times as long as without an outage, at the most
JUDGED = max if FULL else median  # of the tasks; in a few seconds one may be unlucky
UNTRACED = {"COVERAGE_PROCESS_CONFIG": ""}

OUTAGES = {"stopped": stopped, "shut down": shut_down}

# Without neighbours, for the time of tasks is compared.
pytestmark = [pytest.mark.alone, pytest.mark.needs("initdb"), pytest.mark.needs("redis-server")]


class Scene:
    """A worker with four processes, and servers that may be stopped."""

    def __init__(self, folder: Path, servers: dict[str, OwnServer], site: Site) -> None:
        self.servers = servers
        self.site = site
        self._folder = folder
        self._runs = 0

    def begin(self, server: str | None) -> None:
        """Start the tasks and wait until they talk; the first of them will ask the server in the outage."""
        self._runs += 1
        self._outage = self._folder / f"outage{self._runs}"
        tallies = [str(self._folder / f"tally{self._runs}-{number}") for number in range(TASKS)]
        # While it waits for the answer it says nothing: so all end at about the same time.
        calls = [
            [tally, LINES if number else LINES // 4, None if number else server, str(self._outage)]
            for number, tally in enumerate(tallies)
        ]
        self.tallies = dict(zip(self.site.run("send_paced", calls), tallies, strict=True))
        wait_until(lambda: all(said(tally) > 50 for tally in tallies), 30, "the tasks talk")

    def go_through(self, name: str, kind: str, seconds: float) -> None:
        """Have a server be away for a while."""
        with OUTAGES[kind](self.servers[name]):
            self._outage.touch()
            time.sleep(seconds)

    def outcomes(self) -> dict[str, Any]:
        """Wait until all have ended; return what they returned, and what is wrong with their records."""
        found: dict[str, Any] = self.site.run("outcomes_of_paced", self.tallies, 60 + 2 * SECONDS)
        return found

    def takes_tasks(self) -> bool:
        """Tell whether a further task is executed, and recorded."""
        record = self.site.run("record_when_finished", "tests.acceptance.tasks.one_step", 1)
        return bool(record["state"] == "SUCCESS" and record["messages"])

    def processes_that_warned(self) -> list[str]:
        """Return for each warning of ours so far the process that gave it."""
        return re.findall(
            r"/(\w+-?\d*)\] progress_updater could not", self.site.log_of("worker0").read_text()
        )


@pytest.fixture(scope="module")
def scene(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Scene]:
    """The same worker for all outages: each has to leave it as it was."""
    folder = tmp_path_factory.mktemp("outages")
    (folder / "site").mkdir()
    with ExitStack() as stack:
        servers = {
            "database": stack.enter_context(own_postgres()),
            "broker": stack.enter_context(own_redis()),
        }
        urls = (server.url for server in servers.values())
        site = stack.enter_context(open_site(folder / "site", *urls, **UNTRACED))
        site.start_worker(concurrency=TASKS)
        yield Scene(folder, servers, site)


@pytest.fixture
def usual(scene: Scene) -> list[float]:
    """The seconds that each of the tasks takes without an outage, just before it: a machine's pace drifts."""
    scene.begin(None)
    outcomes = scene.outcomes()
    assert outcomes["wrong"] == []
    return [returned["took"] for returned in outcomes["returned"]]


CASES = [("database", ["stopped"]), ("database", ["shut down"])]
CASES += [("broker", [kind]) for kind in OUTAGES] if FULL else [("broker", list(OUTAGES))]


@pytest.mark.parametrize(
    ("name", "kinds"), CASES, ids=lambda value: value if isinstance(value, str) else ", ".join(value)
)
def test_tasks_keep_their_speed_and_lose_no_line(
    name: str, kinds: list[str], scene: Scene, usual: list[float]
) -> None:
    scene.begin("database" if name == "database" else scene.servers[name].url)
    for kind in kinds:
        scene.go_through(name, kind, SECONDS / len(kinds))
    outcomes = scene.outcomes()
    assert outcomes["wrong"] == [], scene.site.logs()
    assert outcomes["returned"][0]["asked"] > 0.9 * SECONDS / len(kinds)
    took = [returned["took"] for returned in outcomes["returned"]]
    # The first one says most after the outage, while all is stored that has waited.
    slower = [now / before for now, before in zip(took, usual, strict=True)][1:]
    assert JUDGED(slower) <= SLOWER, (took, usual)
    assert scene.takes_tasks()
    warnings = scene.processes_that_warned()
    assert len(warnings) == len(set(warnings)), scene.site.logs()
