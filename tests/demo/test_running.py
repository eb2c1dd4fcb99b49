"""`make demo`, run for real until something ends it."""

import json
import os
import re
import signal
from collections.abc import Callable
from http.client import HTTPConnection
from typing import Any

import pytest

from tests.demo.demo_process import DemoProcess
from tests.waiting import wait_until

pytestmark = pytest.mark.processes

StartDemo = Callable[..., DemoProcess]

WELCOME = "Ctrl-C stops everything"


def test_its_examples_can_be_read_with_the_printed_token_also_after_a_restart(start_demo: StartDemo) -> None:
    first = start_demo()
    first.wait_until_it_says(WELCOME)
    wait_until(lambda: _states(first).get("TEST") == "FAILURE", 120, "the founding example to end")
    wait_until(lambda: "STARTED" in _states(first).values(), 120, "the long example to start")
    assert len(_states(first)) == 6

    assert stopped_by(signal.SIGINT, first) == 0

    second = start_demo(VAR_DIR=str(first.var))
    second.wait_until_it_says(WELCOME)
    assert _login(second) == _login(first)
    assert _states(second)["TEST"] == "FAILURE"

    assert stopped_by(signal.SIGTERM, second) == 0


@pytest.mark.parametrize("moment", ["Preparing", "Starting a worker"])
def test_a_signal_while_it_starts_stops_everything(start_demo: StartDemo, moment: str) -> None:
    demo = start_demo()
    demo.wait_until_it_says(moment)

    assert stopped_by(signal.SIGINT, demo) == 0


def test_it_stops_and_shows_the_log_when_the_worker_dies(start_demo: StartDemo) -> None:
    demo = start_demo()
    demo.wait_until_it_says(WELCOME)
    workers = [number for number, command in demo.living_processes().items() if "celery" in command]

    os.kill(min(workers), signal.SIGKILL)

    code, _ = demo.end()
    assert code == 1
    assert "The worker was killed by signal 9" in demo.said
    assert "worker.log" in demo.said
    assert "MainProcess" in demo.said
    assert not demo.living_processes()


def stopped_by(number: signal.Signals, demo: DemoProcess) -> int:
    """Send a signal, check that all is gone, and return the exit code."""
    demo.process.send_signal(number)
    code, _ = demo.end()
    assert demo.said.endswith("Stopped.\n")
    assert "Traceback" not in demo.said
    assert not demo.living_processes()
    assert not list(demo.temporary.iterdir())
    return code


def _states(demo: DemoProcess) -> dict[str, str]:
    token = re.search(r"Authorization: Token (\w+)", demo.said)
    assert token
    answer = _get(demo.port, "/api/tasklogs/", token.group(1))
    return {item["task_name"]: item["state"] for item in answer["results"]}


def _login(demo: DemoProcess) -> list[str]:
    return re.findall(r"Login .*|Token \w{40}", demo.said)


def _get(port: int, path: str, token: str) -> Any:
    connection = HTTPConnection("127.0.0.1", port, timeout=60)
    try:
        connection.request("GET", path, headers={"Authorization": f"Token {token}"})
        return json.loads(connection.getresponse().read())
    finally:
        connection.close()
