"""A message whose sender knows neither Django nor the app says whose task it is."""

import json
import uuid
from collections.abc import Callable

import pytest
from kombu import Connection

from tests.acceptance.site import Site
from tests.docs.markdown import ROOT, blocks
from tests.services import SQLITE_URL, service_url

HEADERS, BODY = (json.loads(block.text) for block in blocks(ROOT / "docs/howto/owners.md", "json"))


@pytest.mark.parametrize(
    "broker", [pytest.param(name, marks=pytest.mark.needs(name)) for name in ("redis", "rabbitmq")]
)
def test_the_header_that_is_documented_carries_owner_tags_and_subject(
    broker: str, make_site: Callable[..., Site]
) -> None:
    site = make_site(SQLITE_URL, service_url(broker))
    site.start_worker("solo")
    headers = {**HEADERS, "task": "tests.acceptance.tasks.one_step", "id": str(uuid.uuid4())}
    _send(site, headers, [[7], *BODY[1:]])
    record = site.run("finished_record", headers["id"])
    assert record["state"] == "SUCCESS"
    assert (record["owner"], sorted(record["tags"]), record["about"]) == (
        "42",
        ["import", "nightly"],
        "shop.order:7",
    )


def _send(site: Site, headers: object, body: object) -> None:
    queue = site.environment["TEST_QUEUE"]
    options = {"global_keyprefix": queue} if "redis" in site.environment["CELERY_BROKER_URL"] else {}
    with Connection(site.environment["CELERY_BROKER_URL"], transport_options=options) as connection:
        connection.Producer().publish(
            json.dumps(body),
            routing_key=queue,
            headers=headers,
            content_type="application/json",
            content_encoding="utf-8",
        )
