"""What belongs to a call is read from headers and requests alike, whoever wrote them."""

from datetime import UTC, datetime
from typing import Any

import pytest

from progress_updater.integrations.celery.identity import identity_of
from progress_updater.recording.changes import Identity

MOMENT = datetime(2026, 2, 1, 12, 30, tzinfo=UTC)


def read(**fields: Any) -> Identity:
    return identity_of("shop.tasks.sell", {"id": "1", **fields}, queue="fast", queued=5.0)


def test_little_is_enough() -> None:
    assert identity_of("shop.tasks.sell", {}, queue=None) == Identity(
        task_name="shop.tasks.sell", celery_name="shop.tasks.sell"
    )


def test_family_and_queue_are_read() -> None:
    identity = read(root_id="0", parent_id="00", group="g", group_index=3)
    assert (identity.root, identity.parent, identity.group) == ("0", "00", "g")
    assert (identity.tree, identity.position) == ("0", 3)
    assert (identity.queue, identity.queued) == ("fast", 5.0)


@pytest.mark.parametrize("fields", [{"parent_id": "1"}, {"parent_id": "2", "root_id": "1"}])
def test_a_task_is_never_its_own_ancestor(fields: dict[str, str]) -> None:
    assert read(**fields).parent is None


def test_long_ids_of_the_family_are_those_that_are_stored() -> None:
    assert len(read(parent_id="p" * 300).parent or "") == 255


@pytest.mark.parametrize(
    "moment", [MOMENT, "2026-02-01T12:30:00+00:00", "2026-02-01T12:30:00", "2026-02-01T13:30:00+01:00"]
)
def test_times_are_texts_or_objects(moment: object) -> None:
    identity = read(eta=moment, expires=moment)
    assert (identity.eta, identity.expires) == (MOMENT.timestamp(), MOMENT.timestamp())


@pytest.mark.parametrize("moment", ["tomorrow", 7, None, {}])
def test_what_is_no_time_is_left_out(moment: object) -> None:
    assert read(eta=moment).eta is None


def test_the_shadow_is_the_label() -> None:
    assert read(shadow="Sell it").task_name == "Sell it"
    assert read(shadow="").task_name == "shop.tasks.sell"


@pytest.mark.parametrize(
    ("fields", "tree"),
    [
        ({}, None),
        ({"root_id": "1"}, None),
        ({"group": "g"}, None),
        ({"group": "g", "group_index": 0}, "g"),
        ({"callbacks": [{"task": "b"}]}, "1"),
        ({"errbacks": [{"task": "b"}]}, "1"),
        ({"chain": [{"task": "b"}]}, "1"),
        ({"root_id": "0", "group": "g", "group_index": 0}, "0"),
        ({"root_id": "0", "progress_updater": {"tree": "t"}}, "t"),
    ],
)
def test_tasks_that_belong_together_have_a_tree(fields: dict[str, Any], tree: str | None) -> None:
    assert read(**fields).tree == tree


def test_a_header_says_whose_task_it_is() -> None:
    identity = read(progress_updater={"owner": 7, "about": "shop.order:1", "tags": ["a", 2]})
    assert (identity.owner, identity.about, identity.tags) == ("7", "shop.order:1", ("a", "2"))


@pytest.mark.parametrize("header", [None, "7", [], {"tags": "ab"}, {"tags": {"a": 1}}])
def test_a_header_that_makes_no_sense_says_nothing(header: object) -> None:
    identity = read(progress_updater=header)
    assert (identity.owner, identity.about, identity.tags) == (None, None, ())
