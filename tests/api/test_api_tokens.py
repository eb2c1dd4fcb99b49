"""The bearer of a token reads one task as its owner does, and nothing else."""

from typing import Any

import pytest
from django.test import Client
from rest_framework.authentication import SessionAuthentication

from progress_updater import tokens
from progress_updater.api.tokens import HEADER
from progress_updater.api.views.base import ProgressView
from progress_updater.models import TaskLog, TaskTree
from progress_updater.tokens import token_for
from tests.api.conftest import Reader, address_of
from tests.rows import BEGIN, ALog, a_log, the_founding_log

pytestmark = pytest.mark.django_db(databases="__all__")

PARTS = ("detail", "messages", "steps", "log", "tree")
WITHOUT_TIME = {"now", "runtime"}


@pytest.fixture
def owner(a_reader: Any) -> Reader:
    return a_reader()


@pytest.fixture
def log(owner: Reader) -> ALog:
    """Make a task of the owner's that has something to hide."""
    return the_founding_log(owner=str(owner.user.pk), queue="fast", args=["secret"], result={"secret": 1})


@pytest.fixture
def bearer(log: ALog) -> Client:
    """Give an anonymous client whose header has a token of that task."""
    return Client(headers={HEADER: token_for(log.task_uuid)})


def expired_token(task_uuid: str, monkeypatch: pytest.MonkeyPatch) -> str:
    with monkeypatch.context() as then:
        then.setattr(tokens, "time", lambda: 1_700_000_000.0)
        return token_for(task_uuid, max_age=60)


def body_of(answer: Any) -> Any:
    assert answer.status_code == 200, answer.content
    if "json" not in answer.headers["Content-Type"]:
        return answer.text
    return {key: value for key, value in answer.json().items() if key not in WITHOUT_TIME}


class TestATokenOfTheTask:
    @pytest.mark.parametrize("part", PARTS)
    def test_shows_what_the_owner_sees(self, owner, bearer, log, part):
        address = address_of(log.task_uuid, part)
        seen = body_of(owner.get(address))

        assert body_of(bearer.get(address)) == seen
        assert body_of(Client().get(address, {"token": token_for(log.task_uuid)})) == seen
        assert "secret" not in str(seen)

    def test_counts_as_a_parameter_where_the_header_has_another(self, log):
        client = Client(headers={HEADER: "nonsense"})

        assert client.get(address_of(log.task_uuid), {"token": token_for(log.task_uuid)}).status_code == 200

    def test_is_good_before_the_task_is_there(self):
        bearer, address = Client(headers={HEADER: token_for("to-come")}), address_of("to-come")
        assert bearer.get(address).status_code == 404

        a_log(task_uuid="to-come")
        assert bearer.get(address).status_code == 200

    def test_hides_the_text_of_exceptions_where_owners_do_not_see_it(self, bearer, log, settings):
        settings.PROGRESS_UPDATER = {**settings.PROGRESS_UPDATER, "EXCEPTION_TEXT": "staff"}

        assert bearer.get(address_of(log.task_uuid)).json()["exception"] == "ZeroDivisionError"

    def test_follows_the_task_with_deltas_and_entity_tags(self, owner, bearer, log):
        address = address_of(log.task_uuid)
        first = bearer.get(address)
        known = {"If-None-Match": first.headers["ETag"]}

        assert bearer.get(address, {"after": first.json()["seq"]}).json()["steps"] == []
        assert bearer.get(address, headers=known).status_code == 304
        # Another token of the task, in another place, is another right to the same answer.
        again = Client().get(address, {"token": token_for(log.task_uuid, max_age=600)}, headers=known)
        assert again.status_code == 304
        assert owner.get(address, headers=known).status_code == 304

    def test_does_not_make_the_answer_of_a_reader_of_everything_that_of_a_bearer(self, reader, bearer, log):
        address = address_of(log.task_uuid)
        known = {"If-None-Match": bearer.get(address).headers["ETag"]}

        assert reader.get(address, headers=known).status_code == 200

    def test_is_kept_in_no_cache(self, bearer, log):
        answer = bearer.get(address_of(log.task_uuid, "messages"))

        assert answer.headers["Cache-Control"] == "no-store"
        assert HEADER in answer.headers["Vary"]

    def test_is_not_repeated(self, log):
        token = token_for(log.task_uuid)
        answer = Client().get(address_of(log.task_uuid, "messages"), {"token": token, "page_size": 1})

        assert "cursor=" in answer.json()["next"]
        assert token.partition(":")[2] not in answer.text + str(answer.headers)

    def test_goes_on_with_the_next_page(self, log):
        with_token = {"token": token_for(log.task_uuid)}
        first = Client().get(address_of(log.task_uuid, "messages"), {**with_token, "page_size": 1}).json()

        assert Client().get(first["next"]).status_code == 401
        second = Client().get(first["next"], query_params=None, headers={HEADER: with_token["token"]}).json()
        assert second["results"][0]["seq"] > first["results"][0]["seq"]


class TestATokenShowsNothingElse:
    def test_no_other_task(self, bearer, owner):
        other = a_log(owner=str(owner.user.pk))

        for part in PARTS:
            answer = bearer.get(address_of(other.task_uuid, part))
            assert (answer.status_code, answer.json()["code"]) == (404, "not_found")
            assert answer.json() == bearer.get(address_of("unknown", part)).json()

    def test_no_list_and_no_document(self, bearer, log):
        for address in ("/api/tasklogs/", "/api/schema/", "/api/docs/", "/metrics"):
            assert bearer.get(address).status_code == 401
            assert Client().get(address, {"token": token_for(log.task_uuid)}).status_code == 401

    @pytest.mark.parametrize("action", ["cancel", "retry"])
    def test_it_does_nothing(self, bearer, a_reader, log, action):
        address = address_of(log.task_uuid, action)
        with_header = {"headers": {HEADER: token_for(log.task_uuid)}, "content_type": "application/json"}

        assert bearer.post(address, content_type="application/json").status_code == 401
        assert a_reader().post(address, **with_header).status_code == 404
        assert a_reader("view_tasklog").post(address, **with_header).status_code == 403
        assert TaskLog.objects.filter(cancel_requested=True).count() == 0

    def test_of_a_workflow_the_one_task_alone(self, owner):
        TaskTree.objects.create(key="t", tasks=3, done=1, failed=0, percent=33.33, updated=BEGIN)
        mine, sibling = (a_log(tree="t", owner=str(owner.user.pk)) for _ in range(2))
        child = a_log(tree="t", parent=mine.task_uuid, owner="somebody")
        bearer = Client(headers={HEADER: token_for(mine.task_uuid)})
        seen = bearer.get(address_of(mine.task_uuid, "tree"))

        assert [node["task_uuid"] for node in seen.json()["children"]] == [mine.task_uuid]
        assert seen.json()["whole"] == {"tasks": 1, "done": 0, "failed": 0, "percent": 33.33}
        assert sibling.task_uuid not in seen.text
        assert child.task_uuid not in seen.text

    def test_a_user_sees_in_a_workflow_the_own_tasks_and_that_of_the_token(self, owner):
        mine, theirs, hidden = (a_log(tree="t", owner=who) for who in (str(owner.user.pk), "8", "9"))
        seen = owner.get(address_of(theirs.task_uuid, "tree"), headers={HEADER: token_for(theirs.task_uuid)})

        found = {node["task_uuid"] for node in seen.json()["children"]}
        assert found == {mine.task_uuid, theirs.task_uuid}
        assert hidden.task_uuid not in seen.text


class TestAUserWithAToken:
    def test_sees_one_more_task_as_its_owner_does(self, a_reader, owner, log):
        other, address = a_reader(), address_of(log.task_uuid)
        assert other.get(address).status_code == 404

        seen = other.get(address, headers={HEADER: token_for(log.task_uuid)})
        assert body_of(seen) == body_of(owner.get(address))

    @pytest.mark.parametrize("permission", ["view_tasklog", "view_tasklog_details"])
    def test_does_not_lose_sight(self, a_reader, log, permission):
        reader, address = a_reader(permission), address_of(log.task_uuid)
        seen = body_of(reader.get(address))

        for token in (token_for(log.task_uuid), token_for("another"), "nonsense", "", "\x00"):
            assert body_of(reader.get(address, {"token": token})) == seen
            assert body_of(reader.get(address, headers={HEADER: token})) == seen
        assert (seen["args"] == ["secret"]) is (permission == "view_tasklog_details")
        assert reader.get(address_of("unknown"), {"token": "nonsense"}).status_code == 404

    def test_is_told_that_it_is_bad_where_it_is_needed(self, a_reader, log, monkeypatch):
        other, expired = a_reader(), expired_token(log.task_uuid, monkeypatch)

        for task_uuid in (log.task_uuid, "unknown"):
            answer = other.get(address_of(task_uuid), headers={HEADER: expired})
            assert (answer.status_code, answer.json()["code"]) == (403, "token_expired")
        assert other.get(address_of(log.task_uuid), {"token": token_for("other")}).status_code == 404


BAD = [
    "",
    "x",
    "a:b",
    "x" * 8_000,
    "a\nb",
    "\x00",
    "<script>alert(1)</script>",
    "é🐟",
    "../..",
    "' OR 1=1 --",
]


class TestABadToken:
    @pytest.mark.parametrize("part", PARTS)
    @pytest.mark.parametrize("token", BAD, ids=range(len(BAD)))
    def test_is_refused_as_nobody_is_with_a_code_that_says_what_to_do(self, log, part, token):
        for task_uuid in (log.task_uuid, "unknown"):
            nobody = Client().get(address_of(task_uuid, part))
            answer = Client().get(address_of(task_uuid, part), {"token": token})
            assert (answer.status_code, answer.json()["code"]) == (nobody.status_code, "token_invalid")
            assert answer.headers["WWW-Authenticate"] == nobody.headers["WWW-Authenticate"]
            assert "log in" in answer.json()["detail"]
            assert not token or token not in answer.text

    def test_that_has_expired_is_told_so(self, log, monkeypatch):
        token = expired_token(log.task_uuid, monkeypatch)
        for task_uuid in (log.task_uuid, "unknown"):
            answer = Client(headers={HEADER: token}).get(address_of(task_uuid))
            assert (answer.status_code, answer.json()["code"]) == (401, "token_expired")

    def test_is_a_403_where_the_project_knows_no_way_to_log_in_that_asks_for_it(self, log, monkeypatch):
        monkeypatch.setattr(ProgressView, "authentication_classes", [SessionAuthentication])
        nobody = Client().get(address_of(log.task_uuid))
        answer = Client().get(address_of(log.task_uuid), {"token": "nonsense"})

        assert (nobody.status_code, nobody.json()["code"]) == (403, "not_authenticated")
        assert (answer.status_code, answer.json()["code"]) == (403, "token_invalid")
        good = Client().get(address_of(log.task_uuid), {"token": token_for(log.task_uuid)})
        assert good.status_code == 200

    def test_given_twice_is_a_wrong_parameter(self, reader, log):
        answer = reader.get(address_of(log.task_uuid), QUERY_STRING="token=a&token=b")

        assert (answer.status_code, answer.json()["param"]) == (400, "token")

    def test_leaves_no_trace_in_the_log(self, log, caplog):
        caplog.set_level("DEBUG")
        secret = f"{token_for(log.task_uuid)}forged"
        Client().get(address_of(log.task_uuid), {"token": secret})
        Client(headers={HEADER: secret}).get(address_of(log.task_uuid))

        assert caplog.records
        assert secret not in caplog.text
