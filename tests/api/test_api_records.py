"""The record of a task, over HTTP."""

from __future__ import annotations

import pytest
from django.db import connections
from django.test.utils import CaptureQueriesContext

from progress_updater import snapshot
from progress_updater.policy import Audience
from progress_updater.settings import current
from tests.api.conftest import address_of
from tests.rows import FOUNDING_TEXT, a_failure, a_log, the_founding_log

pytestmark = pytest.mark.django_db(databases="__all__")


def test_the_record_is_what_the_snapshot_made(reader):
    log = the_founding_log(owner="7", tags=("a",))
    answer = reader.of(log)

    assert answer.status_code == 200
    assert answer.headers["Content-Type"] == "application/json"
    expected = snapshot.detail(log.row, Audience.DETAILS)
    assert list(answer.json()) == list(expected)
    assert {**answer.json(), "now": None} == {**expected, "now": None}
    assert answer.json()["log"] == FOUNDING_TEXT


def test_json_is_compact_and_its_letters_are_themselves(reader):
    log = a_log("Größe 📦")

    assert '"task_name":"Größe 📦"'.encode() in reader.of(log).content


@pytest.mark.parametrize(
    "data", [{"big": 2**70}, {"big": [-(2**64), 1.5]}, {"deep": [[{"a": None}]]}, "text", 0, [], {}]
)
def test_any_data_of_an_author_is_answered(reader, data):
    log = a_log()
    log.say("Hello", data=data)

    assert reader.of(log).json()["messages"][0]["data"] == data


def test_after_makes_the_answer_a_delta(reader):
    log = the_founding_log()
    answer = reader.of(log, data={"after": 3}).json()

    assert answer["more"] is False
    assert [message["seq"] for message in answer["messages"]] == [7, 12]
    assert reader.of(log, data={"after": 0}).json()["log"] == FOUNDING_TEXT


def test_an_older_attempt_can_be_asked_for(reader):
    log = a_log()
    log.say("First try")
    log.attempt()

    assert reader.of(log, data={"attempt": 1}).json()["log"] == "\tFirst try\n"
    answer = reader.of(log, data={"attempt": 3})
    assert answer.status_code == 400
    assert answer.json() == {
        "detail": "This task has no such attempt; it has 2 so far, numbered from 1.",
        "code": "invalid",
        "param": "attempt",
    }


@pytest.mark.parametrize(
    ("query", "keys"),
    [
        ("fields=state,seq", ["state", "seq"]),
        ("fields=seq&fields=state", ["state", "seq"]),
        ("fields=state,seq&omit=seq", ["state"]),
        ("after=0&fields=more,steps", ["steps", "more"]),
    ],
)
def test_keys_can_be_chosen(reader, query, keys):
    assert list(reader.of(a_log(), data=None, QUERY_STRING=query).json()) == keys


def test_keys_can_be_left_out(reader):
    answer = reader.of(a_log(), QUERY_STRING="omit=log,steps&omit=messages").json()

    assert not {"log", "steps", "messages"} & set(answer)
    assert "state" in answer


def test_head_has_the_headers_alone(reader):
    answer = reader.head(address_of(a_log().task_uuid))

    assert answer.status_code == 200
    assert "ETag" in answer.headers
    assert answer.content == b""


def test_no_cache_gives_an_answer_to_somebody_else(reader):
    headers = reader.of(a_log()).headers

    assert headers["Cache-Control"] == "private, no-cache"
    assert {word.strip() for word in headers["Vary"].split(",")} >= {"Accept", "Authorization", "Cookie"}
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert reader.get(address_of("unknown")).headers["Cache-Control"] == "no-store"


class TestWhoMayRead:
    def test_the_owner_reads_what_owners_read(self, a_reader):
        owner = a_reader()
        log = a_log(owner=str(owner.user.pk))
        log.say("Hidden", public=False)
        log.finish("FAILURE", a_failure(None))

        assert "Hidden" not in owner.of(log).text
        assert "traceback" not in owner.of(log).json()["failure"]
        assert owner.of(log).json()["owner"] is None

    def test_readers_with_a_permission_read_the_tasks_of_all(self, a_reader):
        log = a_log(owner="somebody")
        log.say("Hidden", public=False)

        assert a_reader("view_tasklog").of(log).json()["owner"] == "somebody"
        assert "Hidden" not in a_reader("view_tasklog").of(log).text
        assert "Hidden" in a_reader("view_tasklog_details").of(log).text

    @pytest.mark.parametrize("part", ["detail", "messages", "steps", "log"])
    def test_what_is_not_ones_own_and_what_is_not_there_look_the_same(self, a_reader, part):
        log = a_log(owner="somebody")
        stranger = a_reader()
        not_yours, not_there = stranger.of(log, part), stranger.get(address_of("unknown", part))

        assert not_yours.status_code == not_there.status_code == 404
        assert not_yours.content == not_there.content
        assert not_yours.headers == not_there.headers
        assert not_there.json() == {
            "detail": "There is no task with this id, or you may not see it.",
            "code": "not_found",
            "param": None,
        }

    def test_a_known_entity_tag_opens_nothing(self, a_reader, reader):
        log = a_log(owner="somebody")
        etag = reader.of(log).headers["ETag"]

        for known in (etag, "*"):
            assert a_reader().of(log, headers={"If-None-Match": known}).status_code == 404

    def test_nobody_is_asked_to_log_in(self, client):
        answer = client.get(address_of(a_log().task_uuid))

        assert answer.status_code == 401
        assert answer.headers["WWW-Authenticate"] == "Token"
        assert answer.json()["code"] == "not_authenticated"

    def test_a_user_who_was_locked_out_reads_nothing(self, a_reader):
        owner = a_reader()
        log = a_log(owner=str(owner.user.pk))
        type(owner.user).objects.update(is_active=False)

        assert owner.of(log).status_code == 401


class TestEntityTags:
    def test_what_is_known_is_not_sent_again(self, reader):
        log = a_log()
        etag = reader.of(log).headers["ETag"]
        answer = reader.of(log, headers={"If-None-Match": etag})

        assert etag.startswith('W/"')
        assert answer.status_code == 304
        assert answer.content == b""
        assert answer.headers["ETag"] == etag
        assert answer.headers["Cache-Control"] == "private, no-cache"
        assert {"Accept", "Authorization", "Cookie"} <= set(answer.headers["Vary"].split(", "))

    @pytest.mark.parametrize("header", ["{tag}", '"other", {tag}', "*", "{strong}"])
    def test_the_header_may_name_several(self, reader, header):
        log = a_log()
        tag = reader.of(log).headers["ETag"]
        header = header.format(tag=tag, strong=tag.removeprefix("W/"))

        assert reader.of(log, headers={"If-None-Match": header}).status_code == 304

    def test_every_change_has_another_tag(self, reader):
        log = a_log()
        etag = reader.of(log).headers["ETag"]
        log.say("Hello")

        answer = reader.of(log, headers={"If-None-Match": etag})
        assert answer.status_code == 200
        assert answer.headers["ETag"] != etag

    def test_another_question_has_another_tag(self, reader):
        log = a_log()
        queries = ["", "fields=state", "omit=state", "after=0", "after=1", "attempt=1"]

        assert len({reader.of(log, QUERY_STRING=query).headers["ETag"] for query in queries}) == len(queries)
        assert (
            reader.of(log, QUERY_STRING="after=1&attempt=1").headers["ETag"]
            == reader.of(log, QUERY_STRING="attempt=1&after=1").headers["ETag"]
        )

    def test_another_audience_has_another_tag(self, a_reader, settings):
        owner = a_reader()
        log = a_log(owner=str(owner.user.pk))
        readers = [owner, a_reader("view_tasklog"), a_reader("view_tasklog_details")]

        tags = {reader.of(log).headers["ETag"] for reader in readers}
        settings.PROGRESS_UPDATER = {**settings.PROGRESS_UPDATER, "EXCEPTION_TEXT": "staff"}
        tags |= {reader.of(log).headers["ETag"] for reader in readers[:2]}
        assert len(tags) == 5

    def test_another_task_has_another_tag(self, reader):
        assert reader.of(a_log()).headers["ETag"] != reader.of(a_log()).headers["ETag"]


class TestCost:
    def queries_of_the_app(self, reader, log, **options):
        alias = current().DATABASE
        with CaptureQueriesContext(connections[alias]) as queries:
            reader.of(log, **options)
        return [query["sql"] for query in queries if "progress_updater_" in query["sql"]]

    def test_a_known_answer_costs_one_small_query(self, reader):
        log = the_founding_log()
        etag = reader.of(log).headers["ETag"]

        (query,) = self.queries_of_the_app(reader, log, headers={"If-None-Match": etag})
        columns = query.partition(" FROM ")[0]
        assert columns.count(",") == 5
        assert '"seq"' in columns or "`seq`" in columns

    def test_an_answer_costs_the_same_however_long_the_log_is(self, reader):
        short, long = a_log(), the_founding_log(tags=("a", "b"))

        assert len(self.queries_of_the_app(reader, long)) == 6
        assert len(self.queries_of_the_app(reader, short)) == 6
        assert len(self.queries_of_the_app(reader, long, data={"after": 0})) == 7

    def test_an_owner_is_recognised_by_the_projects_own_queries_alone(self, a_reader):
        owner = a_reader()
        log = a_log(owner=str(owner.user.pk))
        etag = owner.of(log).headers["ETag"]

        assert len(self.queries_of_the_app(owner, log, headers={"If-None-Match": etag})) == 1
