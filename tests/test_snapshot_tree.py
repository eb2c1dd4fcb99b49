"""The tree of steps, and the picture that is made of it."""

import pytest

from progress_updater import snapshot
from progress_updater.policy import Audience
from progress_updater.snapshot.rows import StepNode
from progress_updater.snapshot.tree import Tree
from tests.rows import SAID, a_log, the_founding_log


def a_tree(*parents, state="SUCCESS"):
    """Make a tree of steps 1, 2, 3 … with these parents, each closed at once."""
    return Tree(
        StepNode(1, number, parent, state, 2 * number, 2 * number - 1)
        for number, parent in enumerate(parents, start=1)
    )


def test_siblings_are_counted_in_the_order_of_their_numbers():
    tree = a_tree(None, 1, None, 3, 1, 4, 3)

    assert tree.paths == {1: "1", 2: "1.1", 3: "2", 4: "2.1", 5: "1.2", 6: "2.1.1", 7: "2.2"}


def test_the_order_in_which_rows_are_read_makes_no_difference():
    nodes = [StepNode(1, number, None, "SUCCESS", number, number) for number in (3, 1, 2)]

    assert Tree(nodes).paths == {1: "1", 2: "2", 3: "3"}


def test_a_step_whose_parent_was_not_kept_stands_on_the_first_level():
    tree = a_tree(None, 99, 3)

    assert tree.paths == {1: "1", 2: "2", 3: "3"}
    assert tree.parents == {1: None, 2: None, 3: None}


def test_ten_thousand_steps_have_their_paths():
    tree = a_tree(None, *[1] * 9_999)

    assert tree.paths[10_000] == "1.9999"


def test_jobs_are_the_steps_without_child_steps():
    assert a_tree(None, None, 2, 2).jobs(8) == (3, 3)
    assert a_tree(None, None, 2, 2, state="FAILURE").jobs(8) == (0, 3)
    assert a_tree().jobs(0) == (0, 0)


def test_what_happened_later_does_not_count():
    tree = a_tree(None, None, 2)

    assert tree.jobs(4) == (2, 2)
    assert tree.jobs(3) == (1, 2)
    assert not tree.has_children(2, 4)
    assert tree.has_children(2, 5)


@pytest.mark.django_db(databases="__all__")
class TestNested:
    def test_each_step_and_each_line_stands_in_its_place(self):
        log = the_founding_log()
        log.say("Outside")
        picture = snapshot.nested(log.row, Audience.DETAILS)

        first, second = picture["steps"]
        assert [message["text"] for message in first["messages"]] == [SAID]
        assert [step["path"] for step in second["steps"]] == ["2.1", "2.2", "2.3"]
        assert [len(step["messages"]) for step in second["steps"]] == [1, 0, 1]
        assert [message["text"] for message in picture["messages"]] == ["Outside"]

    def test_it_has_the_keys_of_the_detail(self):
        row = a_log().row

        assert list(snapshot.nested(row, Audience.OWNER)) == list(snapshot.detail(row, Audience.OWNER))
