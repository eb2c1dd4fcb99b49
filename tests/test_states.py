"""The closed list of states, and the founding contract's number for each."""

import pytest

from progress_updater import states
from progress_updater.models import Attempt, Step, TaskLog

STATUS = {
    "PENDING": 2,
    "STARTED": 2,
    "RETRY": 2,
    "PAUSED": 2,
    "SUCCESS": 1,
    "IGNORED": 1,
    "FAILURE": 0,
    "REVOKED": 0,
    "LOST": 0,
}


def test_the_list_is_closed() -> None:
    assert sorted(states.STATES) == sorted(STATUS)


@pytest.mark.parametrize("state", STATUS)
def test_each_state_has_the_number_of_the_founding_contract(state: str) -> None:
    assert states.status_of(state) == STATUS[state]
    assert states.is_finished(state) == (STATUS[state] != 2)


def test_a_terminal_state_is_either_good_or_bad() -> None:
    assert states.GOOD | states.BAD == states.TERMINAL
    assert not states.GOOD & states.BAD


@pytest.mark.parametrize("model", [TaskLog, Attempt, Step])
def test_the_tables_know_the_same_states(model: type[TaskLog | Attempt | Step]) -> None:
    assert [value for value, _ in model._meta.get_field("state").choices] == list(states.STATES)
