"""A demo per test, of which nothing is left when the test ends."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.demo.demo_process import DemoProcess


@pytest.fixture
def start_demo(tmp_path: Path) -> Iterator[Callable[..., DemoProcess]]:
    """Start a demo with the given environment variables, in a folder below tmp_path."""
    started: list[DemoProcess] = []

    def start(**environment: str) -> DemoProcess:
        folder = tmp_path / f"demo-{len(started)}"
        folder.mkdir()
        started.append(DemoProcess(folder, **environment))
        return started[-1]

    yield start
    for demo in started:
        demo.kill_all()
