"""What changed after a cursor."""

import pytest

from progress_updater import snapshot, states
from progress_updater.policy import Audience
from progress_updater.settings import current
from tests.rows import FOUNDING_TEXT, a_failure, a_log, the_founding_log

pytestmark = pytest.mark.django_db(databases="__all__")

DETAILS, OWNER = Audience.DETAILS, Audience.OWNER


def delta(log, after=0, audience=DETAILS, **options):
    return snapshot.delta(log.row, audience, after=after, **options)


def test_a_delta_has_the_keys_of_the_detail_and_more():
    log = a_log()

    assert list(delta(log)) == [*snapshot.detail(log.row, DETAILS), "more"]


def test_from_the_start_a_delta_has_everything():
    log = the_founding_log()
    everything, picture = delta(log), snapshot.detail(log.row, DETAILS)

    assert everything["log"] == FOUNDING_TEXT
    assert sorted(step["id"] for step in everything["steps"]) == [1, 2, 3, 4, 5]
    assert everything["messages"] == picture["messages"]
    assert (everything["seq"], everything["more"]) == (log.row.seq, False)


def test_a_reader_who_knows_everything_gets_nothing():
    log = the_founding_log()
    nothing = delta(log, after=log.row.seq)

    assert (nothing["steps"], nothing["messages"], nothing["gaps"], nothing["log"]) == ([], [], [], "")
    assert (nothing["seq"], nothing["more"]) == (log.row.seq, False)
    assert nothing["state"] == "FAILURE"


def test_only_what_changed_is_there():
    log = a_log()
    first = log.open("First")
    log.say("One", first)
    log.close(first)
    seen = log.row.seq
    second = log.open("Second")
    log.say("Two", second)

    news = delta(log, after=seen)
    assert [step["name"] for step in news["steps"]] == ["Second"]
    assert [message["text"] for message in news["messages"]] == ["Two"]
    assert news["log"] == "\t - TESTSecond\n\tTwo\n"


def test_a_step_that_ends_is_there_again():
    log = a_log()
    step = log.open("First")
    seen = log.row.seq
    log.close(step)

    news = delta(log, after=seen)
    assert [(step["id"], step["state"]) for step in news["steps"]] == [(step, "SUCCESS")]
    assert news["log"] == "\t\tSuccessfully completed\n\t\tTime spent: 0h0m\n"


def test_a_step_has_its_right_path_though_the_others_are_not_there():
    log = a_log()
    for number in range(9):
        log.close(log.open(f"Step {number}"))
    tenth = log.open("Tenth")
    for number in range(9):
        log.close(log.open(f"Step {number}", tenth))
    seen = log.row.seq
    log.open("Child", tenth)

    assert [step["path"] for step in delta(log, after=seen)["steps"]] == ["10.10"]


def test_gaps_are_those_of_the_stretch():
    log = a_log()
    log.gap(3)
    seen = log.row.seq
    log.gap(4)

    assert [gap["count"] for gap in delta(log)["gaps"]] == [3, 4]
    assert [gap["count"] for gap in delta(log, after=seen)["gaps"]] == [4]


def test_an_owner_gets_public_lines_alone():
    log = a_log()
    log.say("For all")
    log.say("Hidden", public=False)

    news = delta(log, audience=OWNER)
    assert [message["text"] for message in news["messages"]] == ["For all"]
    assert news["log"] == "\tFor all\n"
    assert news["seq"] == log.row.seq


def test_the_last_line_comes_with_the_end_alone():
    log = a_log()
    seen = log.row.seq
    log.finish()

    assert delta(log, after=seen)["log"] == "\tTask Finished - 0 out of 0 jobs finished\n"
    assert delta(log, after=log.row.seq)["log"] == ""


def test_nothing_is_lost_across_a_retry():
    log = a_log()
    step = log.open("First try")
    seen = log.row.seq
    log.fail(step)
    log.say("Once more")
    log.end_attempt(states.RETRY, a_failure(step))
    log.attempt()
    log.say("Here we go", log.open("Second try"))

    news = delta(log, after=seen)
    assert [(step["attempt"], step["id"], step["path"]) for step in news["steps"]] == [
        (1, 1, "1"),
        (2, 1, "1"),
    ]
    assert [(message["attempt"], message["text"]) for message in news["messages"]] == [
        (1, "Once more"), (2, "Here we go"),
    ]  # fmt: skip
    assert news["log"].endswith("\tOnce more\n\t - TESTSecond try\n\tHere we go\n")


def test_a_reader_can_follow_one_attempt():
    log = a_log()
    log.say("First")
    log.end_attempt(states.RETRY)
    log.attempt()
    log.say("Second")
    log.finish()

    assert [message["text"] for message in delta(log, attempt=1)["messages"]] == ["First"]
    assert delta(log, attempt=1)["log"] == "\tFirst\n"
    assert delta(log, attempt=1)["attempt"] == 1
    assert delta(log, attempt=2)["log"] == "\tSecond\n\tTask Finished - 0 out of 0 jobs finished\n"
    with pytest.raises(snapshot.UnknownAttempt):
        delta(log, attempt=3)


def test_lines_of_two_attempts_at_once_stand_in_the_order_of_the_cursor():
    log = a_log()
    first = log.current
    second = log.attempt()
    for number, attempt in enumerate([first, second, first, second]):
        log.current = attempt
        log.say(f"Line {number}")

    news = delta(log)
    assert [message["attempt"] for message in news["messages"]] == [1, 2, 1, 2]
    assert news["log"] == "\tLine 0\n\tLine 1\n\tLine 2\n\tLine 3\n"


class TestTooMuchForOneAnswer:
    def test_the_answer_ends_where_all_entries_fit_in(self):
        log = a_log()
        for number in range(10):
            log.say(f"Line {number}")

        first = delta(log, limit=4)
        assert len(first["messages"]) == 4
        assert first["more"] is True
        assert first["seq"] == first["messages"][-1]["seq"]
        second = delta(log, after=first["seq"], limit=4)
        assert [message["text"] for message in second["messages"]] == ["Line 4", "Line 5", "Line 6", "Line 7"]
        assert delta(log, after=second["seq"], limit=4)["more"] is False

    def test_steps_and_messages_count_together(self):
        log = a_log()
        step = log.open("First")
        log.say("One", step)
        log.say("Two", step)

        first = delta(log, limit=2)
        assert (len(first["steps"]), len(first["messages"])) == (1, 1)
        assert first["log"] == "\t - TESTFirst\n\tOne\n"

    def test_a_step_that_appears_in_it_and_ends_later_is_there_as_it_is_now_and_once_more_at_its_end(self):
        log = a_log()
        step = log.open("First")
        for number in range(3):
            log.say(f"Line {number}", step)
        log.close(step)

        first = delta(log, limit=2)
        assert [step["state"] for step in first["steps"]] == ["SUCCESS"]
        assert first["log"] == "\t - TESTFirst\n\tLine 0\n"
        rest = delta(log, after=first["seq"])
        assert [step["state"] for step in rest["steps"]] == ["SUCCESS"]
        assert rest["log"] == "\tLine 1\n\tLine 2\n\t\tSuccessfully completed\n\t\tTime spent: 0h0m\n"

    def test_a_thousand_entries_fit_in_one_answer(self):
        log = a_log()
        log.say_many(1_001)

        assert len(delta(log)["messages"]) == 1_000
        assert delta(log)["more"] is True
        assert delta(log, after=1)["more"] is True
        assert delta(log, after=2)["more"] is False

    def test_entries_of_one_place_stay_together(self):
        log = a_log()
        for _ in range(3):
            log.say("At once")
        log.current.messages.update(seq=2)

        assert len(delta(log, limit=1)["messages"]) == 2
        assert delta(log, limit=1)["seq"] == 2


class TestReadingWhileItChanges:
    def test_no_answer_has_a_line_beyond_its_cursor(self):
        log = a_log()
        log.say("In time")
        row = log.row
        log.say("Too late")

        news = snapshot.delta(row, DETAILS, after=0)
        assert [message["text"] for message in news["messages"]] == ["In time"]
        assert news["seq"] == row.seq

    @pytest.mark.parametrize("later", ["say", "open"])
    def test_however_much_was_stored_since_the_cursor_is_that_of_the_log_as_it_was_read(self, later):
        log = a_log()
        log.say("In time")
        row = log.row
        for number in range(9):
            getattr(log, later)(f"Too late {number}")

        news = snapshot.delta(row, DETAILS, after=0, limit=2)
        assert (news["seq"], news["more"]) == (row.seq, False)
        assert (len(news["messages"]), len(news["steps"])) == (1, 0)

    def test_a_step_that_has_changed_since_is_left_for_the_next_answer(self):
        log = a_log()
        step = log.open("First")
        seen = log.row.seq
        log.count(step, 1.0)
        row = log.row
        log.count(step, 2.0)

        assert snapshot.delta(row, DETAILS, after=seen)["steps"] == []
        assert [step["progress"]["current"] for step in delta(log, after=row.seq)["steps"]] == [2]

    def test_a_reader_with_a_cursor_from_elsewhere_starts_again_from_the_answers_own(self):
        log = a_log()

        assert delta(log, after=10_000)["seq"] == log.row.seq
        assert delta(log, after=10_000)["more"] is False


class TestCost:
    @pytest.mark.parametrize(("after", "queries"), [(0, 5), (3, 5), (15, 4)])
    def test_a_delta_takes_the_same_few_queries_however_much_it_has(
        self, django_assert_num_queries, after, queries
    ):
        row = the_founding_log(tags=("a",)).row

        with django_assert_num_queries(queries, using=current().DATABASE):
            snapshot.delta(row, DETAILS, after=after)
