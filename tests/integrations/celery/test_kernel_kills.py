"""kernel_kills: the control group tells whether memory ran out, in both versions, else the system does."""

from collections.abc import Callable
from pathlib import Path

import pytest

from progress_updater.integrations.celery import kernel_kills as module
from progress_updater.integrations.celery.kernel_kills import (
    NOTICED,
    begin_to_count,
    has_killed,
    kernel_kills,
)
from tests.waiting import wait_until

V2 = "low 0\nhigh 0\nmax 12\noom 3\noom_kill 2\noom_group_kill 0\n"
V1 = "oom_kill_disable 0\nunder_oom 0\noom_kill 4\n"


@pytest.fixture(autouse=True)
def no_kernel(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, path in (("GROUPS", "groups"), ("MEMBERSHIP", "membership"), ("SYSTEM", "vmstat")):
        monkeypatch.setattr(module, name, tmp_path / path)
    monkeypatch.setattr(module, "_kills", module.Kills())


def _write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)


def test_a_group_of_version_2_tells(tmp_path: Path) -> None:
    _write(tmp_path / "membership", "0::/system.slice/worker.service\n")
    _write(tmp_path / "groups/system.slice/worker.service/memory.events", V2)
    assert kernel_kills() == 2


def test_a_group_of_version_1_tells(tmp_path: Path) -> None:
    _write(tmp_path / "membership", "4:memory:/docker/ab:c\n3:cpu,cpuacct:/\n0::/\n")
    _write(tmp_path / "groups/memory/docker/ab:c/memory.oom_control", V1)
    assert kernel_kills() == 4


def test_without_a_group_the_system_tells(tmp_path: Path) -> None:
    _write(tmp_path / "membership", "0::/\n")
    _write(tmp_path / "vmstat", "nr_free_pages 1\noom_kill 7\nswap_ra 0\n")
    assert kernel_kills() == 7


def test_a_kernel_that_does_not_tell_has_killed_nobody() -> None:
    begin_to_count()
    assert kernel_kills() is None
    assert not has_killed()


@pytest.fixture
def kills(tmp_path: Path) -> Callable[[int], None]:
    """Return a function that sets how many processes the kernel has killed; seven at first, all known."""
    group = tmp_path / "groups/worker.service/memory.events"
    _write(tmp_path / "membership", "0::/worker.service\n")
    _write(group, "oom 7\noom_kill 7\n")
    module._kills.look()
    return lambda count: _write(group, f"oom {count}\noom_kill {count}\n")


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """Return the monotonic clock that the module reads."""
    now = [1_000.0]
    monkeypatch.setattr(module, "monotonic", lambda: now[0])
    return now


def test_nothing_is_told_before_it_is_known_what_there_was(tmp_path: Path) -> None:
    _write(tmp_path / "vmstat", "oom_kill 7\n")
    assert not has_killed()


def test_what_was_killed_before_the_worker_began_is_no_cause(kills: Callable[[int], None]) -> None:
    assert not has_killed()


def test_each_kill_is_the_cause_of_one_death(kills: Callable[[int], None]) -> None:
    kills(9)
    assert [has_killed() for _ in range(4)] == [True, True, False, False]
    kills(10)
    assert [has_killed() for _ in range(2)] == [True, False]


def test_a_kill_that_was_seen_long_ago_is_not_the_cause_of_a_death_told_now(
    kills: Callable[[int], None], clock: list[float]
) -> None:
    kills(8)
    module._kills.look()
    clock[0] += NOTICED + 0.1
    assert not has_killed()
    kills(9)
    module._kills.look()
    clock[0] += NOTICED - 0.1
    assert has_killed()


def test_the_worker_looks_again_and_again(
    tmp_path: Path, clock: list[float], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "PAUSE", 0.01)
    _write(tmp_path / "vmstat", "oom_kill 7\n")
    begin_to_count()
    _write(tmp_path / "vmstat", "oom_kill 8\n")
    wait_until(lambda: list(module._kills._moments) == [clock[0]], 10, "the kill that nobody asked for")


def test_a_count_that_falls_is_no_kill(kills: Callable[[int], None]) -> None:
    kills(3)
    assert not has_killed()
    kills(7)
    assert not has_killed()
