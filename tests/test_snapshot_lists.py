"""Records as lines of a list, and the pages of long lists."""

from datetime import timedelta

import pytest

from progress_updater import snapshot, states
from progress_updater.models import TaskLog
from progress_updater.policy import Audience
from progress_updater.settings import current
from tests.rows import BEGIN, SECOND, a_failure, a_log, the_founding_log

pytestmark = pytest.mark.django_db(databases="__all__")

DETAILS, OWNER = Audience.DETAILS, Audience.OWNER
OLDEST_FIRST = snapshot.NEWEST_FIRST.reversed()


def walk(read, position=None):
    """Read a whole list, page by page, and return the pages."""
    pages = [read(position=position)]
    while pages[-1].next:
        pages.append(read(position=pages[-1].next))
    return pages


def _names(page):
    return [item["task_name"] for item in page.rows]


class TestItems:
    def test_an_item_is_the_detail_without_what_is_long(self):
        row = the_founding_log(tags=("b", "a"), owner="7").row
        item, picture = snapshot.item(row, DETAILS), snapshot.detail(row, DETAILS)

        assert list(item) == [key for key in picture if key not in {"log", "steps", "messages", "gaps"}]
        assert {**item, "now": None} == {key: picture[key] for key in item} | {"now": None}

    def test_each_log_has_its_own_attempts_and_tags(self):
        first, second = a_log(tags=("a",)), a_log(tags=("b",))
        second.end_attempt(states.RETRY, a_failure(None))
        second.attempt()
        items = snapshot.items([first.row, second.row], OWNER)

        assert [item["tags"] for item in items] == [["a"], ["b"]]
        assert [len(item["attempts"]) for item in items] == [1, 2]
        assert [item["attempt"] for item in items] == [1, 2]

    def test_an_item_can_be_made_shorter(self):
        assert snapshot.items([a_log().row], OWNER, keys={"state"}) == [{"state": "STARTED"}]

    def test_a_page_takes_three_queries(self, django_assert_num_queries):
        for _ in range(5):
            the_founding_log(tags=("a",))

        with django_assert_num_queries(3, using=current().DATABASE):
            page = snapshot.items_page(TaskLog.objects.all(), DETAILS, size=10)
        assert len(page.rows) == 5


class TestPages:
    @pytest.fixture
    def names(self):
        """Make seven logs, three of them at the same moment; return their names in the order of creation."""
        moments = [0, 1, 2, 2, 2, 3, 4]
        names = [f"Task {number}" for number in range(7)]
        for name, moment in zip(names, moments, strict=True):
            a_log(name, created=BEGIN + moment * SECOND, started=False)
        return names

    @pytest.mark.parametrize("size", [1, 2, 3, 7, 8])
    @pytest.mark.parametrize("order", [snapshot.NEWEST_FIRST, OLDEST_FIRST])
    def test_the_pages_make_up_the_list(self, names, size, order):
        def read(position):
            return snapshot.items_page(
                TaskLog.objects.all(), OWNER, size=size, order=order, position=position
            )

        pages = walk(read)
        assert [name for page in pages for name in _names(page)] == (
            names[::-1] if order.descending else names
        )
        assert all(len(page.rows) == size for page in pages[:-1])

        backwards = [pages[-1]]
        while backwards[-1].previous:
            backwards.append(read(backwards[-1].previous))
        assert [_names(page) for page in reversed(backwards)] == [_names(page) for page in pages]

    def test_the_first_page_has_none_before_it_and_the_last_none_behind(self, names):
        pages = walk(
            lambda position: snapshot.items_page(TaskLog.objects.all(), OWNER, size=4, position=position)
        )

        assert pages[0].previous is None
        assert pages[1].previous is not None
        assert pages[1].next is None

    def test_what_is_created_meanwhile_moves_nothing(self, names):
        first = snapshot.items_page(TaskLog.objects.all(), OWNER, size=3)
        a_log("Newer", created=BEGIN + timedelta(days=1))
        second = snapshot.items_page(TaskLog.objects.all(), OWNER, size=3, position=first.next)

        assert [item["task_name"] for item in second.rows] == names[3:0:-1]

    def test_an_empty_list_has_one_empty_page(self):
        page = snapshot.items_page(TaskLog.objects.none(), OWNER, size=3)

        assert (page.rows, page.previous, page.next) == ([], None, None)


class TestMessages:
    @pytest.fixture
    def log(self):
        log = a_log()
        step = log.open("First")
        log.say("Read 10 rows", step)
        log.say("Careful", step, level="warning")
        log.say("Broken", level="error", public=False)
        log.end_attempt(states.RETRY)
        log.attempt()
        log.say("read again", log.open("First"), level="debug")
        return log

    def texts(self, log, audience=DETAILS, **wanted):
        page = snapshot.messages_page(log.row, audience, size=10, **wanted)
        return [message["text"] for message in page.rows]

    def test_the_lines_of_all_attempts_are_listed(self, log):
        assert self.texts(log) == ["Read 10 rows", "Careful", "Broken", "read again"]

    def test_an_owner_sees_public_lines_alone(self, log):
        assert self.texts(log, OWNER) == ["Read 10 rows", "Careful", "read again"]

    def test_lines_can_be_chosen(self, log):
        assert self.texts(log, attempt=2) == ["read again"]
        assert self.texts(log, levels=["warning", "error"]) == ["Careful", "Broken"]
        assert self.texts(log, step=1) == ["Read 10 rows", "Careful", "read again"]
        assert self.texts(log, step=1, attempt=1) == ["Read 10 rows", "Careful"]
        assert self.texts(log, search="READ") == ["Read 10 rows", "read again"]
        assert self.texts(log, search="100%") == []

    def test_the_newest_can_come_first(self, log):
        assert self.texts(log, order=snapshot.MESSAGE_ORDER.reversed())[0] == "read again"

    def test_the_pages_make_up_the_list(self, log):
        pages = walk(lambda position: snapshot.messages_page(log.row, DETAILS, size=3, position=position))

        assert [len(page.rows) for page in pages] == [3, 1]
        assert pages[0].rows + pages[1].rows == snapshot.delta(log.row, DETAILS, after=0)["messages"]

    def test_a_line_that_was_stored_after_the_log_was_read_is_left_out(self, log):
        row = log.row
        log.say("Too late")

        assert len(snapshot.messages_page(row, DETAILS, size=10).rows) == 4

    def test_an_unknown_attempt_is_an_error(self, log):
        with pytest.raises(snapshot.UnknownAttempt):
            self.texts(log, attempt=3)


class TestSteps:
    @pytest.fixture
    def log(self):
        log = the_founding_log()
        log.attempt()
        log.close(log.open("First part"))
        return log

    def names(self, log, **wanted):
        page = snapshot.steps_page(log.row, DETAILS, size=10, **wanted)
        return [(step["attempt"], step["path"]) for step in page.rows]

    def test_the_steps_of_all_attempts_are_listed_in_the_order_of_their_numbers(self, log):
        assert self.names(log) == [(1, "1"), (1, "2"), (1, "2.1"), (1, "2.2"), (1, "2.3"), (2, "1")]

    def test_steps_can_be_chosen(self, log):
        assert self.names(log, attempt=2) == [(2, "1")]
        assert self.names(log, parent=2) == [(1, "2.1"), (1, "2.2"), (1, "2.3")]
        assert self.names(log, states=["FAILURE", "LOST"]) == [(1, "2.2")]
        assert self.names(log, search="PART") == [(1, "1"), (1, "2"), (2, "1")]

    def test_the_pages_make_up_the_list(self, log):
        pages = walk(lambda position: snapshot.steps_page(log.row, DETAILS, size=4, position=position))

        assert [[step["id"] for step in page.rows] for page in pages] == [[1, 2, 3, 4], [5, 1]]
        back = snapshot.steps_page(log.row, DETAILS, size=4, position=pages[1].previous)
        assert [step["id"] for step in back.rows] == [1, 2, 3, 4]

    def test_a_step_that_appeared_after_the_log_was_read_is_left_out(self, log):
        row = log.row
        log.open("Too late")

        assert len(snapshot.steps_page(row, DETAILS, size=10).rows) == 6
