"""Workers are told of a cancelled task; a broker that is gone keeps nobody waiting."""

import os
import subprocess
import sys
from time import monotonic

import pytest

from progress_updater.actions.refusals import BrokerAway
from progress_updater.actions.workers import revoke
from project.celery import app
from tests.own_servers import own_redis

pytestmark = pytest.mark.django_db(databases="__all__")

SOON = 60  # seconds; a broker that is tried again for ever takes longer

AFTER_IT_WAS_THERE = """
import sys

import django
django.setup()
from progress_updater.actions.refusals import BrokerAway
from progress_updater.actions.workers import revoke
from project.celery import app

app.conf.update(broker_url=sys.argv[1], broker_transport=None, broker_transport_options={})
app.control.revoke("pooled")
revoke("heard")
print("told", flush=True)
sys.stdin.readline()
try:
    revoke("not heard")
except BrokerAway:
    print("away")
"""


@pytest.mark.parametrize("url", ["redis://127.0.0.1:1/0", "amqp://127.0.0.1:1//"])
def test_a_broker_that_is_away_is_told_soon(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(app.conf, "broker_write_url", url)
    began = monotonic()

    with pytest.raises(BrokerAway):
        revoke("any")

    assert monotonic() - began < SOON


def test_a_broker_that_goes_is_told_soon_though_the_pool_was_connected_to_it() -> None:
    with own_redis() as server:
        command = [sys.executable, "-c", AFTER_IT_WAS_THERE, server.url]
        pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE}
        with subprocess.Popen(command, text=True, env=os.environ.copy(), **pipes) as process:
            try:
                assert process.stdout is not None
                assert process.stdout.readline() == "told\n"
                server.shut_down()
                said, _ = process.communicate("go\n", timeout=SOON)
            finally:
                process.kill()
    assert said == "away\n"
