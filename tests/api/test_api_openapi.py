"""The OpenAPI document states exactly what the API answers."""

from functools import partial

import pytest
from jsonschema import Draft202012Validator

from progress_updater import snapshot
from progress_updater.api.openapi import document
from progress_updater.models import TaskLog
from tests.api.conftest import address_of
from tests.rows import a_log

pytestmark = pytest.mark.django_db(databases="__all__")

LIST = "/api/tasklogs/"
PARTS = ("messages", "steps", "log", "tree")
OPTIONAL = {
    "Failure": {"traceback"}, "Stalled": {"frames"}, "Cancellation": {"terminate", "grace"},
    "TaskLogPart": set(snapshot.DELTA), "TaskLogItemPart": set(snapshot.ITEM),
}  # fmt: skip
"""What only readers of details get, what may be left out of a request, and what a request may leave out."""


@pytest.fixture(scope="module")
def described():
    return document("/api")


@pytest.fixture
def check(described):
    """Give a function that compares an answer with what the document says of its address and status."""

    def compare(answer, path, method="get", shape=None):
        responses = described["paths"][path][method]["responses"]
        content = responses[str(answer.status_code)]["content"]
        schema = content[answer.headers["Content-Type"].partition(";")[0]]["schema"]
        if shape and answer.status_code == 200:
            schema = {"$ref": f"#/components/schemas/{shape}"}
        validator = Draft202012Validator(
            {**schema, "components": described["components"]},
            format_checker=Draft202012Validator.FORMAT_CHECKER,
        )
        body = answer.json() if "json" in answer.headers["Content-Type"] else answer.content.decode()
        assert [error.message for error in validator.iter_errors(body)] == []

    return compare


class TestAnswers:
    @pytest.mark.parametrize(
        ("query", "shape"),
        [("", "TaskLog"), ("after=0", "TaskLogDelta"), ("after=2", "TaskLogDelta"), ("attempt=1", "TaskLog")],
    )
    def test_a_record_is_as_the_document_says(self, reader, everything, check, query, shape):
        for log in everything:
            check(reader.of(log, QUERY_STRING=query), "/tasklogs/{task_uuid}/", shape=shape)

    @pytest.mark.parametrize("query", ["fields=", "after=0&fields=seq,more,", "omit=log&fields=log,"])
    def test_a_part_of_a_record_is_as_the_document_says(self, reader, everything, check, query):
        for key in snapshot.ITEM:
            answer = reader.of(everything[0], QUERY_STRING=query + key)
            assert key in answer.json()
            check(answer, "/tasklogs/{task_uuid}/")

    @pytest.mark.parametrize("name", ["fields", "omit"])
    def test_parts_of_records_in_a_list_are_as_the_document_says(self, reader, everything, check, name):
        answer = reader.get(LIST, {name: "state,whole"})
        assert ("state" in answer.json()["results"][0]) is (name == "fields")
        check(answer, "/tasklogs/")

    def test_an_owners_record_is_as_the_document_says(self, a_reader, everything, check, settings):
        settings.PROGRESS_UPDATER = {**settings.PROGRESS_UPDATER, "EXCEPTION_TEXT": "staff"}
        owner = a_reader("view_tasklog")
        for log in everything:
            check(owner.of(log), "/tasklogs/{task_uuid}/", shape="TaskLog")

    def test_a_truncated_record_is_as_the_document_says(self, reader, everything, check, settings):
        settings.PROGRESS_UPDATER = {**settings.PROGRESS_UPDATER, "LOG_TAIL": 1}
        answer = reader.of(everything[0])

        assert answer.json()["truncated"] == {"messages": 2, "steps": 4}
        check(answer, "/tasklogs/{task_uuid}/", shape="TaskLog")

    def test_lists_are_as_the_document_says(self, reader, everything, check):
        check(reader.get(LIST), "/tasklogs/", shape="TaskLogPage")
        check(reader.get(LIST, {"page_size": 2}), "/tasklogs/", shape="TaskLogPage")
        for log in everything:
            for part in ("messages", "steps"):
                check(reader.of(log, part, data={"page_size": 2}), f"/tasklogs/{{task_uuid}}/{part}/")

    def test_trees_are_as_the_document_says(self, reader, everything, check):
        for log in everything:
            check(reader.of(log, "tree"), "/tasklogs/{task_uuid}/tree/")

    def test_the_text_is_as_the_document_says(self, reader, everything, check):
        check(reader.of(everything[0], "log"), "/tasklogs/{task_uuid}/log/")

    def test_errors_are_as_the_document_says(self, reader, client, everything, check):
        log = everything[0]
        for path, part in [("", "detail"), ("messages/", "messages"), ("steps/", "steps"), ("log/", "log")]:
            get = partial(reader.get, address_of(log.task_uuid, part))
            described_at = f"/tasklogs/{{task_uuid}}/{path}"
            check(get(QUERY_STRING="x=1"), described_at)
            check(get(headers={"Accept": "image/png"}), described_at)
            check(reader.get(address_of("unknown", part)), described_at)
            check(client.get(address_of(log.task_uuid, part)), described_at)
        check(reader.get(LIST, {"x": 1}), "/tasklogs/")


class TestDocument:
    def test_it_is_served(self, reader, described):
        answer = reader.get("/api/schema/")

        assert answer.headers["Content-Type"] == "application/json"
        assert answer.json() == described

    def test_it_has_the_keys_of_the_snapshot(self, described):
        shapes = described["components"]["schemas"]

        assert set(shapes["TaskLog"]["properties"]) == set(snapshot.DETAIL)
        assert set(shapes["TaskLogDelta"]["properties"]) == set(snapshot.DELTA)
        assert set(shapes["TaskLogItem"]["properties"]) == set(snapshot.ITEM)

    def test_answers_have_no_other_keys_and_miss_none_but_what_is_for_readers_of_details(self, described):
        for name, shape in described["components"]["schemas"].items():
            if "anyOf" not in shape:
                assert shape["additionalProperties"] is False
                missing = set(shape["properties"]) - set(shape.get("required", ()))
                assert missing == OPTIONAL.get(name, set())

    def test_an_action_is_answered_as_stated(self, reader, check):
        log = a_log()

        for action in ("retry", "cancel", "cancel"):
            answer = reader.post(address_of(log.task_uuid, action), content_type="application/json")
            check(answer, f"/tasklogs/{{task_uuid}}/{action}/", "post")

    def test_a_deletion_is_answered_as_stated(self, reader, a_reader, check, described):
        running, ended = a_log(), a_log().finish()
        path = "/tasklogs/{task_uuid}/"

        check(reader.delete(address_of(running.task_uuid)), path, "delete")
        check(a_reader("view_tasklog").delete(address_of(ended.task_uuid)), path, "delete")
        assert reader.delete(address_of(ended.task_uuid)).status_code == 204
        stated = described["paths"][path]["delete"]
        assert "content" not in stated["responses"]["204"]
        assert [parameter["name"] for parameter in stated["parameters"]] == ["task_uuid"]

    def test_a_wrong_answer_is_told_from_a_right_one(self, described):
        right = {"detail": "No", "code": "no", "param": None}
        error = Draft202012Validator({**described["components"]["schemas"]["Error"]})

        assert error.is_valid(right)
        for wrong in ({**right, "param": 1}, {**right, "more": 1}, {"detail": "No", "code": "no"}):
            assert not error.is_valid(wrong)

    def test_parameters_are_stated_with_their_bounds(self, described):
        operation = described["paths"]["/tasklogs/{task_uuid}/"]["get"]
        parameters = {parameter["name"]: parameter for parameter in operation["parameters"]}

        assert set(parameters) == {
            "task_uuid", "token", "after", "attempt", "fields", "omit", "wait", "If-None-Match",
        }  # fmt: skip
        assert parameters["wait"]["schema"] == {
            "type": "number", "format": "double", "minimum": 0, "maximum": 30, "default": 0.0,
        }  # fmt: skip
        assert parameters["fields"]["schema"]["items"]["enum"] == list(snapshot.DELTA)
        assert parameters["after"]["schema"]["maximum"] == 2**63 - 1

    def test_tokens_are_stated_where_one_task_is_shown_and_nowhere_else(self, described):
        tokens = {"taskToken", "taskTokenHeader"}
        assert tokens < set(described["components"]["securitySchemes"])
        shown = {"/tasklogs/{task_uuid}/", *(f"/tasklogs/{{task_uuid}}/{part}/" for part in PARTS)}
        for path, operations in described["paths"].items():
            for method, operation in operations.items():
                rights = {name for right in operation["security"] for name in right}
                named = {parameter["name"] for parameter in operation["parameters"]}
                takes_one = path in shown and method == "get"
                assert (tokens <= rights, "token" in named) == (takes_one, takes_one)

    def test_every_parameter_and_every_address_is_explained(self, described):
        for path in described["paths"].values():
            for operation in path.values():
                assert operation["description"]
                assert all(parameter["description"] for parameter in operation["parameters"])

    def test_it_is_made_without_a_query(self, reader, django_assert_num_queries):
        with django_assert_num_queries(0, using=TaskLog.objects.db):
            document("/elsewhere")

    def test_it_is_for_readers(self, client):
        for address in ("/api/schema/", "/api/docs/", "/api/docs/start.js"):
            assert client.get(address).status_code == 401


class TestThePageToTryItOn:
    def test_all_of_it_comes_from_here(self, reader):
        page = reader.get("/api/docs/", headers={"Accept": "text/html,*/*;q=0.8"})

        assert page.headers["Content-Type"] == "text/html; charset=utf-8"
        assert "//" not in page.text
        for name, kind in [
            ("swagger-ui.css", "text/css"), ("swagger-ui-bundle.js", "text/javascript"),
            ("start.js", "text/javascript"), ("favicon-32x32.png", "image/png"),
        ]:  # fmt: skip
            assert f'"{name}"' in page.text
            asset = reader.get(f"/api/docs/{name}", headers={"Accept": "text/css,*/*;q=0.1"})
            assert (asset.status_code, asset.headers["Content-Type"]) == (200, kind)
            assert asset.headers["Cache-Control"] == "private, max-age=3600"

    @pytest.mark.parametrize("name", ["index.html", "..%2Fpackage.json", "swagger-ui.css.map"])
    def test_nothing_else_does(self, reader, name):
        answer = reader.get(f"/api/docs/{name}")
        assert answer.status_code == 404
