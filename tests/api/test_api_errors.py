"""Requests that cannot be answered: the answer says why, and names the parameter."""

from base64 import urlsafe_b64encode

import orjson
import pytest
from django.core.exceptions import PermissionDenied
from django.http import Http404
from rest_framework import exceptions

from progress_updater.api.errors import respond_to_error
from tests.api.conftest import address_of
from tests.rows import a_log

pytestmark = pytest.mark.django_db(databases="__all__")

LIST = "/api/tasklogs/"


def cursor_at(created):
    """Write a query with a cursor of the list, with a time as nobody has got it from us."""
    return "cursor=" + urlsafe_b64encode(orjson.dumps([0, created, 1])).decode().rstrip("=")


def refusal(reader, address, query):
    answer = reader.get(address, QUERY_STRING=query)
    assert answer.status_code == 400, answer.content
    assert answer.headers["Content-Type"] == "application/json"
    assert list(answer.json()) == ["detail", "code", "param"]
    return answer.json()


class TestParameters:
    @pytest.mark.parametrize(
        ("part", "query", "param"),
        [
            ("detail", "after=x", "after"), ("detail", "after=-1", "after"), ("detail", "after=", "after"),
            ("detail", "after=1.5", "after"), ("detail", f"after={2**63}", "after"),
            ("detail", "after=1&after=2", "after"), ("detail", f"after={'9' * 5_000}", "after"),
            ("detail", "attempt=0", "attempt"), ("detail", f"attempt={2**31}", "attempt"),
            ("detail", "wait=31", "wait"), ("detail", "wait=-1", "wait"), ("detail", "wait=nan", "wait"),
            ("detail", "wait=inf", "wait"), ("detail", "wait=soon", "wait"),
            ("detail", "fields=", "fields"), ("detail", "omit=state,,seq", "omit"),
            ("messages", "level=severe", "level"), ("messages", "step=0", "step"),
            ("messages", "order=at", "order"), ("messages", "search=", "search"),
            ("messages", "search=%00", "search"), ("messages", "page_size=0", "page_size"),
            ("messages", "page_size=1001", "page_size"), ("messages", "cursor=x", "cursor"),
            ("steps", "parent=x", "parent"), ("steps", "state=DONE", "state"), ("steps", "cursor=", "cursor"),
            ("log", "attempt=x", "attempt"),
        ],
    )  # fmt: skip
    def test_a_wrong_value_is_refused_by_name(self, reader, part, query, param):
        error = refusal(reader, address_of(a_log().task_uuid, part), query)

        assert (error["param"], error["code"]) == (param, "invalid")
        assert error["detail"]

    @pytest.mark.parametrize(
        ("query", "param"),
        [
            ("state=DONE", "state"), ("state=SUCCESS,", "state"), ("status=3", "status"),
            ("finished=maybe", "finished"), ("name=", "name"), ("owner=" + "x" * 256, "owner"),
            ("tag=%00", "tag"), ("tag=", "tag"), ("&".join(["tag=a"] * 11), "tag"),
            (cursor_at("0001-01-01T00:00:00+14:00"), "cursor"), (cursor_at("2026-01-01T00:00:00"), "cursor"),
            ("created_after=yesterday", "created_after"),
            ("created_before=0001-01-01T00:00:00%2B14:00", "created_before"),
            ("order=name", "order"), ("page_size=x", "page_size"), ("fields=log", "fields"),
        ],
    )  # fmt: skip
    def test_a_wrong_filter_is_refused_by_name(self, reader, query, param):
        assert refusal(reader, LIST, query)["param"] == param

    @pytest.mark.parametrize(
        ("address", "query", "param", "hint"),
        [
            (LIST, "stat=SUCCESS", "stat", "“state”"),
            (LIST, "pagesize=3", "pagesize", "“page_size”"),
            (LIST, "format=json", "format", None),
            (LIST, "page=2", "page", None),
            (None, "afte=1", "afte", "“after”"),
            (None, "a%0Ab=1", "a\nb", None),
        ],
    )
    def test_an_unknown_parameter_is_refused_with_the_one_that_was_meant(
        self, reader, address, query, param, hint
    ):
        error = refusal(reader, address or address_of(a_log().task_uuid), query)

        assert (error["code"], error["param"]) == ("unknown_parameter", param)
        assert ("Did you mean" in error["detail"]) == bool(hint)
        assert hint is None or hint in error["detail"]

    def test_an_unknown_key_is_refused_with_the_one_that_was_meant(self, reader):
        error = refusal(reader, address_of(a_log().task_uuid), "fields=state,mesages")

        assert error["param"] == "fields"
        assert "Did you mean “messages”?" in error["detail"]

    def test_who_may_not_read_learns_nothing_from_a_wrong_parameter(self, client):
        assert client.get(LIST, {"stat": 1}).status_code == 401


class TestRequests:
    def test_what_the_reader_does_not_accept_is_not_sent(self, reader):
        log = a_log()
        for part, accepted in [("detail", "text/html"), ("detail", "image/*"), ("log", "application/json")]:
            answer = reader.of(log, part, headers={"Accept": accepted})
            assert answer.status_code == 406
            assert answer.headers["Content-Type"] == "application/json"
            assert answer.json()["code"] == "not_acceptable"

    @pytest.mark.parametrize(
        "accepted", ["*/*", "application/*", "text/html, */*;q=0.1", "application/json; q=0.5"]
    )
    def test_whoever_accepts_json_gets_it(self, reader, accepted):
        assert reader.get(LIST, headers={"Accept": accepted}).status_code == 200

    @pytest.mark.parametrize("method", ["post", "put", "patch", "delete", "options"])
    def test_reading_is_all_one_can_do(self, reader, method):
        answer = getattr(reader, method)(address_of(a_log().task_uuid, "messages"))

        assert answer.status_code == 405
        assert answer.json()["code"] == "method_not_allowed"
        assert answer.headers["Allow"] == "GET, HEAD"

    @pytest.mark.parametrize("method", ["post", "put", "patch", "options"])
    def test_reading_and_deleting_is_all_one_can_do_to_a_record(self, reader, method):
        answer = getattr(reader, method)(address_of(a_log().task_uuid))

        assert (answer.status_code, answer.headers["Allow"]) == (405, "GET, HEAD, DELETE")

    def test_too_many_requests_are_put_off(self, reader, monkeypatch):
        from rest_framework.throttling import UserRateThrottle

        from progress_updater.api.views.lists import TaskLogList

        class Once(UserRateThrottle):
            rate = "1/min"

        monkeypatch.setattr(TaskLogList, "throttle_classes", [Once])
        assert reader.get(LIST).status_code == 200
        answer = reader.get(LIST)
        assert answer.status_code == 429
        assert answer.json()["code"] == "throttled"
        assert 0 < int(answer.headers["Retry-After"]) <= 60


class TestAnyError:
    @pytest.mark.parametrize(
        ("error", "status", "code"),
        [
            (Http404("secret"), 404, "not_found"),
            (PermissionDenied("secret"), 403, "permission_denied"),
            (exceptions.UnsupportedMediaType("text/csv"), 415, "unsupported_media_type"),
            (exceptions.ParseError(), 400, "parse_error"),
            (exceptions.ValidationError({"a": [{"b": ["Bad", "Worse"]}]}), 400, "invalid"),
            (exceptions.ValidationError([]), 400, "invalid"),
        ],
    )
    def test_an_error_is_answered_in_one_form(self, error, status, code):
        answer = respond_to_error(error, {})

        assert answer.status_code == status
        assert answer.data["code"] == code
        assert answer.data["param"] is None
        assert isinstance(answer.data["detail"], str)
        assert "secret" not in answer.data["detail"]

    def test_a_fault_is_left_to_django(self):
        assert respond_to_error(ZeroDivisionError(), {}) is None
