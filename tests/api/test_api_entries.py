"""All lines, all steps, and the whole text of a task, over HTTP."""

import asyncio

import pytest
from asgiref.sync import sync_to_async
from django.db import connections
from django.test import AsyncClient

from progress_updater import snapshot
from progress_updater.policy import Audience
from tests.api.conftest import address_of
from tests.rows import FOUNDING_TEXT, a_log, the_founding_log

pytestmark = pytest.mark.django_db(databases="__all__")


def texts(reader, log, query=""):
    answer = reader.of(log, "messages", QUERY_STRING=query)
    assert answer.status_code == 200, answer.json()
    return [message["text"] for message in answer.json()["results"]]


def paths(reader, log, query=""):
    answer = reader.of(log, "steps", QUERY_STRING=query)
    assert answer.status_code == 200, answer.json()
    return [step["path"] for step in answer.json()["results"]]


class TestMessages:
    @pytest.fixture
    def log(self):
        log = a_log()
        step = log.open("First")
        log.say("Read 10 rows", step, level="debug")
        log.say("Careful", step, level="warning")
        log.say("Broken", level="critical", public=False)
        log.attempt()
        log.say("Read again", level="error")
        return log

    def test_a_line_is_what_the_snapshot_made(self, reader, log):
        answer = reader.of(log, "messages").json()

        assert list(answer) == ["seq", "next", "previous", "results"]
        assert answer["seq"] == log.row.seq
        assert answer["results"] == snapshot.delta(log.row, Audience.DETAILS, after=0)["messages"]

    @pytest.mark.parametrize(
        ("query", "found"),
        [
            ("attempt=1", ["Read 10 rows", "Careful", "Broken"]),
            ("step=1", ["Read 10 rows", "Careful"]),
            ("level=debug", ["Read 10 rows", "Careful", "Broken", "Read again"]),
            ("level=warning", ["Careful", "Broken", "Read again"]),
            ("level=error", ["Broken", "Read again"]),
            ("level=critical", ["Broken"]),
            ("search=read", ["Read 10 rows", "Read again"]),
            ("search=%20", ["Read 10 rows", "Read again"]),
            ("order=-seq", ["Read again", "Broken", "Careful", "Read 10 rows"]),
            ("page_size=2", ["Read 10 rows", "Careful"]),
        ],
    )
    def test_the_lines_can_be_chosen(self, reader, log, query, found):
        assert texts(reader, log, query) == found

    def test_the_pages_are_linked(self, reader, log):
        first = reader.of(log, "messages", data={"page_size": 3, "order": "-seq"}).json()
        second = reader.get(first["next"]).json()

        assert [message["text"] for message in second["results"]] == ["Read 10 rows"]
        assert reader.get(second["previous"]).json()["results"] == first["results"]

    def test_an_owner_reads_public_lines_alone(self, a_reader):
        owner = a_reader()
        log = a_log(owner=str(owner.user.pk))
        log.say("For all")
        log.say("Hidden", public=False)

        assert texts(owner, log) == ["For all"]
        assert texts(owner, log, "search=Hidden") == []

    def test_an_unknown_attempt_is_named(self, reader, log):
        assert reader.of(log, "messages", data={"attempt": 3}).json()["param"] == "attempt"


class TestSteps:
    def test_a_step_is_what_the_snapshot_made(self, reader):
        log = the_founding_log()
        answer = reader.of(log, "steps").json()

        assert list(answer) == ["seq", "next", "previous", "results"]
        assert answer["results"] == snapshot.detail(log.row, Audience.DETAILS)["steps"]

    @pytest.mark.parametrize(
        ("query", "found"),
        [
            ("parent=2", ["2.1", "2.2", "2.3"]),
            ("state=FAILURE", ["2.2"]),
            ("state=FAILURE,SUCCESS", ["1", "2", "2.1", "2.2", "2.3"]),
            ("search=part", ["1", "2"]),
            ("order=-id", ["2.3", "2.2", "2.1", "2", "1"]),
            ("page_size=2", ["1", "2"]),
            ("attempt=1", ["1", "2", "2.1", "2.2", "2.3"]),
        ],
    )
    def test_the_steps_can_be_chosen(self, reader, query, found):
        assert paths(reader, the_founding_log(), query) == found

    def test_the_pages_are_linked(self, reader):
        log = the_founding_log()
        log.attempt()
        log.open("Again")
        first = reader.of(log, "steps", data={"page_size": 4}).json()
        second = reader.get(first["next"]).json()

        assert [(step["attempt"], step["id"]) for step in second["results"]] == [(1, 5), (2, 1)]
        assert reader.get(second["previous"]).json()["results"] == first["results"]


class TestText:
    def test_the_text_is_plain_and_in_utf_8(self, reader):
        log = the_founding_log()
        answer = reader.of(log, "log")

        assert answer.content.decode() == FOUNDING_TEXT
        assert answer.headers["Content-Type"] == "text/plain; charset=utf-8"
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert answer.headers["Cache-Control"] == "no-store"

    def test_a_script_in_it_stays_text(self, reader):
        log = a_log()
        log.say("<script>alert(1)</script> ü")

        assert (
            reader.of(log, "log", headers={"Accept": "text/html, */*"})
            .headers["Content-Type"]
            .startswith("text/plain")
        )
        assert reader.of(log, "log").content.decode() == "\t<script>alert(1)</script> ü\n"

    def test_one_attempt_can_be_asked_for(self, reader):
        log = a_log()
        log.say("First try")
        log.attempt()
        log.say("Second try")

        assert reader.of(log, "log").content == b"\tFirst try\n\tSecond try\n"
        assert reader.of(log, "log", data={"attempt": 2}).content == b"\tSecond try\n"
        answer = reader.of(log, "log", data={"attempt": 3})
        assert (answer.status_code, answer.headers["Content-Type"]) == (400, "application/json")
        assert answer.json()["param"] == "attempt"

    def test_an_owner_reads_public_lines_alone(self, a_reader):
        owner = a_reader()
        log = a_log(owner=str(owner.user.pk))
        log.say("Hidden", public=False)

        assert owner.of(log, "log").content == b""

    def test_a_long_text_comes_in_pieces(self, reader):
        log = a_log()
        log.say_many(2_500)
        answer = reader.of(log, "log")

        assert answer.streaming
        assert answer.getvalue().decode() == "".join(f"\tLine {seq}\n" for seq in range(2, 2_502))

    @pytest.mark.django_db(transaction=True, databases="__all__")
    def test_a_long_text_comes_in_pieces_from_an_asynchronous_server_too(self, reader):
        log = a_log()
        log.say_many(2_500)

        async def read():
            client = AsyncClient()
            client.cookies = reader.cookies
            answer = await client.get(address_of(log.task_uuid, "log"))
            assert answer.is_async
            pieces = [piece async for piece in answer]
            await sync_to_async(connections.close_all)()
            return pieces

        pieces = asyncio.run(read())
        assert len(pieces) == 3
        assert b"".join(pieces).decode() == "".join(f"\tLine {seq}\n" for seq in range(2, 2_502))
