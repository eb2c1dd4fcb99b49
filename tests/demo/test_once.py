"""`make demo ONCE=1`, run for real."""

import json
import signal
from collections.abc import Callable

import pytest

from tests.demo.demo_process import DemoProcess
from tests.demo.founding_record import assert_is_founding_record

pytestmark = pytest.mark.processes


NOWHERE = "127.0.0.1:1"
SERVERS_OF_ANOTHER_PROJECT = {
    "CELERY_BROKER_URL": f"amqp://{NOWHERE}",
    "DATABASE_URL": f"postgres://nobody@{NOWHERE}/nothing",
    "http_proxy": f"http://{NOWHERE}",
}


def test_it_prints_the_founding_record_alone_and_leaves_nothing_behind(
    start_demo: Callable[..., DemoProcess],
) -> None:
    demo = start_demo(ONCE="1", **SERVERS_OF_ANOTHER_PROJECT)

    code, output = demo.end(seconds=180)

    assert code == 0, demo.said
    assert_is_founding_record(json.loads(output))
    assert output.count(b"\n") == 1
    assert not list(demo.temporary.iterdir())
    assert not demo.var.exists()
    assert not demo.living_processes()


def test_a_signal_ends_it_with_the_signals_code_and_nothing_is_left(
    start_demo: Callable[..., DemoProcess],
) -> None:
    demo = start_demo(ONCE="1")
    demo.wait_until_it_says("Starting a worker")

    demo.process.send_signal(signal.SIGTERM)

    assert demo.end() == (128 + signal.SIGTERM, b"")
    assert not list(demo.temporary.iterdir())
    assert not demo.living_processes()
