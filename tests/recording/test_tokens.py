"""The tokens of runs: no two are the same, in one process and after a fork."""

import os
import random
import re

from progress_updater.recording.tokens import run_token


def test_a_token_is_32_hexadecimal_digits() -> None:
    assert re.fullmatch("[0-9a-f]{32}", run_token())


def test_no_two_tokens_are_the_same() -> None:
    assert len({run_token() for _ in range(10_000)}) == 10_000


def test_a_forked_child_makes_other_tokens_than_its_parent() -> None:
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        os.write(writing, run_token().encode())
        os._exit(0)
    os.waitpid(child, 0)
    os.close(writing)
    with os.fdopen(reading) as told:
        assert told.read() != run_token()


def test_an_author_who_seeds_the_random_numbers_of_python_changes_nothing() -> None:
    state = random.getstate()
    try:
        random.seed(1)
        first = run_token()
        random.seed(1)
        assert run_token() != first
    finally:
        random.setstate(state)
