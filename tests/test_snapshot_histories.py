"""Readers lose nothing: whatever happened, and whenever they asked."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from progress_updater import snapshot, states
from progress_updater.models import Message, Step
from progress_updater.policy import Audience
from tests.rows import ALog, a_log

pytestmark = pytest.mark.django_db(databases="__all__")

ACTIONS = (
    "open",
    "open",
    "close",
    "fail",
    "say",
    "say",
    "whisper",
    "plan",
    "begin",
    "count",
    "retry",
    "switch",
)


class History:
    """Lets things happen to a log, chosen by numbers."""

    def __init__(self) -> None:
        self.log: ALog = a_log()
        self.attempts = [self.log.current]

    def happen(self, action: str, choice: int) -> None:
        getattr(self, action)(choice)

    def steps(self, state: str, choice: int) -> int | None:
        numbers = list(
            Step.objects.filter(attempt=self.log.current, state=state)
            .order_by("number")
            .values_list("number", flat=True)
        )
        return numbers[choice % len(numbers)] if numbers else None

    def around(self, choice: int) -> int | None:
        return self.steps(states.STARTED, choice) if choice % 3 else None

    def open(self, choice: int) -> None:
        self.log.open(f"Step {choice}", self.around(choice))

    def plan(self, choice: int) -> None:
        self.log.plan(f"Plan {choice}", self.around(choice))

    def begin(self, choice: int) -> None:
        number = self.steps(states.PENDING, choice)
        if number:
            self.log.begin(number)

    def count(self, choice: int) -> None:
        number = self.steps(states.STARTED, choice)
        if number:
            self.log.count(number, float(choice))

    def close(self, choice: int) -> None:
        number = self.steps(states.STARTED, choice)
        if number:
            self.log.close(number)

    def fail(self, choice: int) -> None:
        number = self.steps(states.STARTED, choice)
        if number:
            self.log.fail(number, origin=1 if choice % 2 else number)

    def say(self, choice: int) -> None:
        self.log.say(f"Line {choice}", self.around(choice))

    def whisper(self, choice: int) -> None:
        self.log.say(f"Hidden {choice}", self.around(choice), public=False, source="logging")

    def retry(self, _: int) -> None:
        self.attempts.append(self.log.attempt())

    def switch(self, choice: int) -> None:
        """Go on with an older attempt, which still runs."""
        self.log.current = self.attempts[choice % len(self.attempts)]


class Reader:
    """Follows a log by deltas of any size, some of them made from a row that is no longer fresh."""

    def __init__(self, history: History, audience: Audience, limit: int) -> None:
        self.history, self.audience, self.limit = history, audience, limit
        self.row = history.log.row
        self.seq, self.text = 0, ""
        self.messages: list[dict[str, Any]] = []
        self.steps: dict[tuple[int, int], dict[str, Any]] = {}

    def look(self) -> None:
        """Read the log's row; what is read next may come much later."""
        self.row = self.history.log.row

    def ask(self) -> None:
        more = True
        while more:
            news = snapshot.delta(self.row, self.audience, after=self.seq, limit=self.limit)
            assert len(news["steps"]) + len(news["messages"]) <= self.limit
            assert all(self.seq < message["seq"] <= news["seq"] for message in news["messages"])
            self.seq, more = news["seq"], news["more"]
            self.text += news["log"]
            self.messages += news["messages"]
            for step in news["steps"]:
                self.steps[step["attempt"], step["id"]] = step
                assert step["parent"] is None or (step["attempt"], step["parent"]) in self.steps


happenings = st.lists(st.tuples(st.sampled_from(ACTIONS), st.integers(0, 9)), max_size=25)
moments = st.lists(st.sampled_from(["look", "ask", "nothing"]), min_size=25, max_size=25)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    happenings=happenings,
    moments=moments,
    limit=st.sampled_from([1, 2, 3, 5, 8, 1_000]),
    audience=st.sampled_from(list(Audience)),
)
def test_the_deltas_of_any_history_make_up_the_whole(happenings, moments, limit, audience):
    history = History()
    reader = Reader(history, audience, limit)
    for (action, choice), moment in zip(happenings, moments, strict=False):
        history.happen(action, choice)
        if moment != "nothing":
            getattr(reader, moment)()
    history.log.finish()
    reader.look()
    reader.ask()

    row = history.log.row
    stored = Message.objects.filter(task_log=row)
    visible = stored if audience.sees_details else stored.filter(public=True)
    assert [message["seq"] for message in reader.messages] == sorted(visible.values_list("seq", flat=True))
    assert {key: step["seq"] for key, step in reader.steps.items()} == {
        (attempt, number): seq
        for attempt, number, seq in Step.objects.filter(task_log=row).values_list(
            "attempt__number", "number", "seq"
        )
    }
    assert reader.text == "".join(snapshot.text_of(row, audience))
    assert reader.text == "".join(snapshot.text_of(row, audience, limit=limit))
    assert reader.text.count("Task Finished") == 1


@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(happenings=happenings)
def test_every_part_of_a_detail_is_that_of_the_deltas(happenings):
    history = History()
    for action, choice in happenings:
        if action not in {"retry", "switch"}:
            history.happen(action, choice)
    row = history.log.row
    picture = snapshot.detail(row, Audience.DETAILS)
    reader = Reader(history, Audience.DETAILS, 4)
    reader.look()
    reader.ask()

    assert picture["log"] == reader.text
    assert picture["messages"] == reader.messages
    for step in picture["steps"]:
        assert {**step, "runtime": 0} == {**reader.steps[1, step["id"]], "runtime": 0}
