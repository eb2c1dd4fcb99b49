"""A thread that stores, and a process that forks: one waits for the other, but no fork waits for ever."""

from contextlib import suppress
from threading import Event, Thread

import pytest
from celery.exceptions import SoftTimeLimitExceeded

from progress_updater.writing import turn as turn_module
from progress_updater.writing.native import start_thread
from progress_updater.writing.turn import Turn
from tests.faults.interruptions import Interruption
from tests.writing.programs import run_program


@pytest.fixture
def forks() -> list[str]:
    return []


@pytest.fixture
def turn(forks: list[str]) -> Turn:
    return Turn(lambda: forks.append("prepared"))


def _takes(turn: Turn) -> Event:
    """Take the turn in a thread, and tell when it has it."""
    has_turn = Event()

    def take() -> None:
        with turn:
            has_turn.set()

    start_thread(take)
    return has_turn


def test_a_thread_waits_until_the_process_has_forked(turn: Turn, forks: list[str]) -> None:
    turn.hold_still()
    assert forks == ["prepared"]
    has_turn = _takes(turn)
    assert not has_turn.wait(0.05)
    turn.go_on()
    assert has_turn.wait(10)


def test_a_fork_prepares_nothing_in_the_midst_of_what_a_thread_does(
    turn: Turn, forks: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(turn_module, "LONGEST_HOLD", 0.05)
    with turn:
        turn.hold_still()
        turn.go_on()
        assert forks == []
        assert not _takes(turn).wait(0.05)


def test_a_fork_that_does_not_wait_for_another_leaves_the_turn_to_that_one(
    turn: Turn, monkeypatch: pytest.MonkeyPatch
) -> None:
    turn.hold_still()
    monkeypatch.setattr(turn_module, "LONGEST_HOLD", 0.05)
    other = Thread(target=lambda: (turn.hold_still(), turn.go_on()))
    other.start()
    other.join(10)
    has_turn = _takes(turn)
    assert not has_turn.wait(0.05)
    turn.go_on()
    assert has_turn.wait(10)


def test_an_error_gives_the_turn_back(turn: Turn, forks: list[str]) -> None:
    with pytest.raises(ZeroDivisionError), turn:
        _ = 1 / 0
    turn.hold_still()
    assert forks == ["prepared"]
    turn.go_on()
    assert _takes(turn).wait(10)


@pytest.mark.alone  # it traces itself, as coverage does
def test_a_signal_at_any_point_of_a_fork_does_not_keep_the_turn_for_ever(
    forks: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(turn_module, "LONGEST_FORK", 0.05)
    at, interruption = 0, Interruption(0)
    while at <= interruption.passed:
        turn, interruption = Turn(lambda: forks.append("prepared")), Interruption(at)
        for act in (turn.hold_still, turn.go_on):
            # Python only prints what is raised there.
            with suppress(SoftTimeLimitExceeded):
                interruption.during(act)
        assert _takes(turn).wait(10), interruption.where
        at += 1
    assert at > 5


def test_a_fork_that_is_hit_while_it_waits_for_the_writer_keeps_the_limit(sqlite_database: str) -> None:
    program = """
import signal
from billiard.pool import SIG_SOFT_TIMEOUT, soft_timeout_sighandler
from celery.exceptions import SoftTimeLimitExceeded
from progress_updater.writing.channels import channel
from progress_updater.writing.turn import Turn

def hit(self):
    os.kill(os.getpid(), SIG_SOFT_TIMEOUT)

channel()
Turn.hold_still = hit
signal.signal(SIG_SOFT_TIMEOUT, soft_timeout_sighandler)
try:
    if not os.fork():
        os._exit(0)
    signal.alarm(60)
    while True:
        signal.pause()
except SoftTimeLimitExceeded:
    print("hit")
"""
    assert run_program(sqlite_database, program, traced=False) == "hit\n"
