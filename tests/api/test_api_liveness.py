"""What the API says of tasks whose process is silent."""

import pytest

from tests.rows import a_log, heard_of

pytestmark = pytest.mark.django_db(databases="__all__")


@pytest.fixture
def stored_at_once(settings):
    """Have what a reader notices stored by the reader itself."""
    settings.PROGRESS_UPDATER = {**settings.PROGRESS_UPDATER, "SINK": "inline"}


def test_whether_a_process_is_alive_changes_the_entity_tag(reader):
    log = a_log()
    process = heard_of(log, 0)
    alive = reader.of(log)
    assert alive.json()["alive"] is True
    assert reader.of(log, headers={"If-None-Match": alive.headers["ETag"]}).status_code == 304

    heard_of(log, 1000)
    dead = reader.of(log, headers={"If-None-Match": alive.headers["ETag"]})
    assert (dead.status_code, dead.json()["alive"]) == (200, False)  # the memory sink stores nothing
    assert dead.json()["seq"] == alive.json()["seq"]
    process.delete()


@pytest.mark.parametrize("query", ["", "fields=state,exception,failure,alive", "after=1"])
def test_who_asks_for_a_task_of_a_silent_process_is_told_that_it_is_lost(reader, stored_at_once, query):
    log = a_log()
    log.open("Save", current=412.0, total=1000.0, unit="rows")
    heard_of(log, 1000)
    answer = reader.of(log, QUERY_STRING=query).json()

    assert (answer["state"], answer["alive"]) == ("LOST", None)
    assert answer["exception"].startswith("The worker process 4711 on host web1 has not been heard of since ")
    assert answer["exception"].endswith(" UTC, while in “Save”, 412 of 1,000 rows.")
    assert answer["failure"]["step"] == 1


def test_a_list_shows_who_is_silent_and_has_it_stored(reader, stored_at_once):
    log = a_log()
    heard_of(log, 1000)

    assert reader.get("/api/tasklogs/").json()["results"][0]["alive"] is False
    (item,) = reader.get("/api/tasklogs/").json()["results"]
    assert (item["state"], item["alive"]) == ("LOST", None)


def test_a_reader_who_may_not_see_a_task_changes_nothing(a_reader, stored_at_once):
    log = a_log(owner="somebody else")
    heard_of(log, 1000)

    assert a_reader().of(log).status_code == 404
    assert log.row.state == "STARTED"
