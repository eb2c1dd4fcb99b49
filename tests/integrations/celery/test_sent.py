"""What is told of a task that was sent is that of the moment when it was sent."""

from typing import Any

from progress_updater.integrations.celery.identity import HEADER
from progress_updater.integrations.celery.sent import Sent, reader_of_call
from progress_updater.recording.changes import Identity
from tests.integrations.celery.tasks import add

DELIVERY = {"exchange": "", "routing_key": "fast", "priority": None}


def sent(args: Any = (1, 2), *, body: Any = None, **fields: Any) -> Sent:
    fields = {"id": "t", "root_id": "t", **fields}
    call = reader_of_call(body or (args, {}, {}), fields, DELIVERY, add)
    return Sent(name=add.name, fields=fields, queue="fast", queued=1.0, call=call, previous=None)


def identity(source: Any) -> Identity:
    change = source.collect()
    assert change.task_uuid == "t"
    return change.identity


def test_it_says_what_the_task_is_given_and_how_it_is_sent() -> None:
    told = identity(sent().source())
    assert (told.celery_name, told.queued, told.queue) == (add.name, 1.0, "fast")
    assert (told.args, told.kwargs, told.options) == ("[1,2]", "{}", '{"queue":"fast"}')
    assert (told.parameters, told.arguments_kept) == (("x", "y"), True)


def test_a_body_of_another_shape_tells_no_arguments() -> None:
    told = identity(sent(body={"args": []}).source())
    assert (told.args, told.options, told.celery_name) == (None, None, add.name)


def test_arguments_that_change_after_the_sending_are_told_as_they_were() -> None:
    order = [1]
    source = sent((order, 2)).source()
    order.append(2)
    assert identity(source).args == "[[1],2]"


def test_a_header_that_is_used_again_for_the_next_task_is_told_as_it_was() -> None:
    header = {"owner": "7", "tags": ["nightly"], "about": "shop.order:1"}
    source = sent(**{HEADER: header}).source()
    header["about"] = "shop.order:2"
    header["tags"].append("big")  # type: ignore[attr-defined]
    told = identity(source)
    assert (told.owner, told.tags, told.about) == ("7", ("nightly",), "shop.order:1")


def test_signatures_that_are_used_again_are_told_as_they_were() -> None:
    chain = [{"task": add.name, "options": {"task_id": "next", "group_id": "g", "group_index": 0}}]
    source = sent(chain=chain).source()
    chain[0]["options"]["group_id"] = "h"
    assert identity(source).group == "g"


def test_it_stands_behind_the_task_that_it_follows() -> None:
    assert identity(sent()._replace(previous="before").source()).previous == "before"
