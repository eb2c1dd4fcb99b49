"""The tree: numbers, limits and plans."""

import gc
from collections.abc import Callable
from time import perf_counter

import pytest

from progress_updater.recording.recorder import Recorder
from progress_updater.recording.step import StepRecord
from progress_updater.recording.tree import DEEPEST, STEPS_A_BRANCH, Tree


@pytest.fixture
def tree(run: Recorder) -> Tree:
    return Tree(run, 0, max_steps=3)


def _nested(tree: Tree, parent: StepRecord, depth: int) -> list[StepRecord]:
    steps = [parent]
    for _ in range(depth):
        steps.append(tree.begun(steps[-1], "step"))
    return steps[1:]


def test_steps_are_numbered_in_the_order_in_which_they_begin(run: Recorder, tree: Tree) -> None:
    first = tree.begun(run.root, "first")
    inner = tree.begun(first, "inner")
    assert [step.number for step in (first, inner, tree.begun(run.root, "second"))] == [1, 2, 3]


def test_a_step_beyond_the_limit_carries_the_number_of_the_kept_one_around_it(
    run: Recorder, tree: Tree
) -> None:
    *kept, unkept, deeper = _nested(tree, run.root, 5)
    assert [step.number for step in kept] == [1, 2, 3]
    assert (unkept.number, unkept.kept, unkept.nearest_kept) == (3, False, kept[-1])
    assert (deeper.number, deeper.kept, deeper.nearest_kept) == (3, False, kept[-1])
    assert kept[-1].unkept == 2
    assert tree.crowded == {3: kept[-1]}


def test_beyond_the_limit_the_task_itself_counts_what_it_does_not_keep(run: Recorder, tree: Tree) -> None:
    for _ in range(5):
        last = tree.begun(run.root, "step")
    assert (last.number, last.kept, last.nearest_kept) == (None, False, run.root)
    assert run.root.unkept == 2


def test_steps_deeper_than_the_limit_are_not_kept(run: Recorder) -> None:
    steps = _nested(Tree(run, 0, max_steps=10_000), run.root, DEEPEST + 2)
    assert [step.kept for step in steps] == [True] * DEEPEST + [False] * 2


@pytest.mark.alone
def test_the_time_for_nested_steps_grows_with_their_number(run: Recorder) -> None:
    def seconds_for(depth: int) -> float:
        gc.collect()
        begin = perf_counter()
        _nested(Tree(run, 0, max_steps=10_000), run.root, depth)
        return perf_counter() - begin

    few = min(seconds_for(2_500) for _ in range(5))
    many = min(seconds_for(10_000) for _ in range(3))
    assert many < 10 * few


def test_a_planned_step_is_the_one_that_begins_under_its_name(run: Recorder, tree: Tree) -> None:
    read, save = tree.planned(run.root, "Read"), tree.planned(run.root, "Save")
    assert tree.begun(run.root, "Save") is save
    assert tree.begun(run.root, "Read") is read
    assert tree.begun(run.root, "Read") is not read


def test_steps_planned_twice_begin_in_order(run: Recorder, tree: Tree) -> None:
    planned = [tree.planned(run.root, "Read") for _ in range(2)]
    assert [tree.begun(run.root, "Read") for _ in range(2)] == planned


def test_a_plan_belongs_to_the_step_that_made_it(run: Recorder, tree: Tree) -> None:
    planned = tree.planned(run.root, "Read")
    other = tree.begun(run.root, "Other")
    assert tree.begun(other, "Read") is not planned


def test_a_planned_step_beyond_the_limit_is_not_kept(run: Recorder) -> None:
    tree = Tree(run, 0, max_steps=0)
    assert not tree.planned(run.root, "Read").kept
    assert tree.planned_steps() == []
    assert run.root.unkept == 1


def test_planned_steps_wait_until_they_open_or_are_skipped(run: Recorder, tree: Tree) -> None:
    read, save = tree.planned(run.root, "Read"), tree.planned(run.root, "Save")
    assert tree.planned_steps() == [read, save]
    tree.opened(tree.begun(run.root, "Read"))
    assert tree.planned_steps() == tree.skipped(run.root) == [save]
    tree.closed(save)
    assert tree.planned_steps() == []


def test_open_steps_are_known_in_the_order_in_which_they_were_entered(run: Recorder, tree: Tree) -> None:
    first, second = tree.begun(run.root, "first"), tree.begun(run.root, "second")
    tree.opened(second)
    tree.opened(first)
    assert tree.open_steps() == [second, first]
    tree.closed(second)
    assert tree.open_steps() == [first]


def test_a_branch_numbers_its_own_steps_and_keeps_no_others(
    run: Recorder, begin_run: Callable[..., Recorder]
) -> None:
    trunk, branch = Tree(run, 0, max_steps=3), Tree(run, 7, max_steps=3)
    old, new = trunk.begun(run.root, "old"), branch.begun(run.root, "new")
    assert new.number == 7 * STEPS_A_BRANCH + 1
    assert (old.tree, new.tree, run.root.tree) == (trunk, branch, None)


def test_a_branch_does_not_begin_the_steps_that_another_has_planned(run: Recorder) -> None:
    planned = Tree(run, 0, max_steps=3).planned(run.root, "Read")
    assert Tree(run, 7, max_steps=3).begun(run.root, "Read") is not planned
