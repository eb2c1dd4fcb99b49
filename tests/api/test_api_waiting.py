"""Long polls: an answer that comes when there is something to say."""

from __future__ import annotations

import os
import threading
from concurrent.futures import Future, ThreadPoolExecutor
from time import monotonic
from typing import Any

import pytest
from django.db import DatabaseError, connections

from progress_updater.api import waiting
from progress_updater.api.waiting import Watcher, watcher
from progress_updater.models import TaskLog
from tests.rows import ALog, a_log
from tests.waiting import wait_until

pytestmark = pytest.mark.django_db(transaction=True, databases="__all__")

LONG = 30.0  # seconds; no request may wait for longer
SOON = 20.0  # seconds; nothing here takes as long unless it waits in vain


def is_waiting(log: ALog) -> bool:
    return watcher._waiting[log.pk] > 0


@pytest.fixture
def ask(reader):
    """Give a function that asks in a thread of its own; it closes the thread's connections."""
    with ThreadPoolExecutor() as pool:

        def get(log: ALog, wait: float = LONG, **options: Any) -> Future:
            query = {"wait": wait, **options.pop("data", {})}

            def answered():
                began = monotonic()
                try:
                    return reader.of(log, data=query, **options), monotonic() - began
                finally:
                    connections.close_all()

            return pool.submit(answered)

        yield get


class TestUntilItChanges:
    def test_the_answer_comes_with_the_change(self, ask):
        log = a_log()
        asked = ask(log, data={"after": log.row.seq})
        wait_until(lambda: is_waiting(log), LONG, "the request waits")
        log.say("Here it is")
        answer, seconds = asked.result(LONG)

        assert [message["text"] for message in answer.json()["messages"]] == ["Here it is"]
        assert seconds < SOON

    def test_what_is_there_already_is_answered_at_once(self, ask):
        log = a_log()
        log.say("Hello")

        assert ask(log, data={"after": 1}).result(SOON)[0].json()["messages"]
        assert not is_waiting(log)

    def test_a_cursor_from_elsewhere_is_not_waited_for(self, ask):
        log = a_log()

        assert ask(log, data={"after": 10_000}).result(SOON)[0].json()["seq"] == log.row.seq

    def test_without_a_cursor_the_next_change_is_waited_for(self, ask):
        log = a_log()
        asked = ask(log)
        wait_until(lambda: is_waiting(log), LONG, "the request waits")
        log.say("Here it is")

        assert "Here it is" in asked.result(LONG)[0].json()["log"]

    def test_a_known_entity_tag_is_waited_for(self, ask, reader):
        log = a_log()
        etag = reader.of(log).headers["ETag"]
        asked = ask(log, headers={"If-None-Match": etag})
        wait_until(lambda: is_waiting(log), LONG, "the request waits")
        log.say("Here it is")
        answer, _ = asked.result(LONG)

        assert answer.status_code == 200
        assert answer.headers["ETag"] != etag

    def test_an_old_entity_tag_is_answered_at_once(self, ask, reader):
        log = a_log()
        etag = reader.of(log).headers["ETag"]
        log.say("Hello")

        assert ask(log, headers={"If-None-Match": etag}).result(SOON)[0].status_code == 200

    def test_nothing_follows_a_finished_task(self, ask):
        log = a_log().finish()

        answer, _ = ask(log, data={"after": log.row.seq}).result(SOON)
        assert answer.json()["finished"] is True

    def test_many_wait_at_once_and_each_for_its_own_task(self, ask):
        first, second = a_log(), a_log()
        waiting_for_first = [ask(first) for _ in range(3)]
        waiting_for_second = ask(second)
        wait_until(lambda: watcher._waiting[first.pk] == 3 and is_waiting(second), LONG, "all requests wait")
        first.say("Here it is")

        for asked in waiting_for_first:
            assert asked.result(LONG)[0].status_code == 200
        assert is_waiting(second)
        second.finish()
        assert waiting_for_second.result(LONG)[0].json()["finished"] is True


class TestInVain:
    def test_the_time_passes_and_the_answer_is_as_before(self, ask, reader):
        log = a_log()
        etag = reader.of(log).headers["ETag"]
        answer, seconds = ask(log, wait=0.3, headers={"If-None-Match": etag}).result(LONG)

        assert answer.status_code == 304
        assert 0.3 <= seconds < SOON

    def test_an_empty_delta_says_so(self, ask):
        log = a_log()
        answer, _ = ask(log, wait=0.2, data={"after": log.row.seq}).result(LONG)

        assert (answer.json()["seq"], answer.json()["messages"]) == (log.row.seq, [])

    def test_a_task_that_is_deleted_meanwhile_is_not_found(self, ask):
        log = a_log()
        asked = ask(log)
        wait_until(lambda: is_waiting(log), LONG, "the request waits")
        TaskLog.objects.filter(pk=log.pk).delete()

        assert asked.result(SOON)[0].status_code == 404

    def test_what_does_not_exist_is_not_waited_for(self, reader):
        assert reader.get("/api/tasklogs/unknown/", {"wait": LONG}).status_code == 404


class TestTheWatcher:
    def test_it_runs_only_while_somebody_waits(self, ask):
        log = a_log()
        asked = ask(log)
        wait_until(lambda: "progress_updater-watcher" in names_of_threads(), LONG, "the watcher runs")
        log.finish()
        asked.result(LONG)

        wait_until(lambda: "progress_updater-watcher" not in names_of_threads(), LONG, "the watcher ends")
        assert not watcher._waiting
        assert not watcher._seqs

    def test_a_waiting_request_holds_no_connection(self):
        log = a_log()
        held = []

        def wait():
            TaskLog.objects.get(pk=log.pk)
            waiting._let_go_of_connections()
            held.extend(c.alias for c in connections.all(initialized_only=True) if c.connection is not None)

        thread = threading.Thread(target=wait)
        thread.start()
        thread.join(LONG)
        assert held == []

    def test_a_database_that_cannot_be_asked_ends_the_waiting(self, monkeypatch):
        def fail(*_: Any, **__: Any) -> Any:
            raise DatabaseError

        monkeypatch.setattr(TaskLog.objects, "filter", fail)
        began = monotonic()
        Watcher().wait(1, 5, LONG)

        assert monotonic() - began < SOON

    @pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning")
    def test_a_forked_process_begins_afresh(self):
        watcher._waiting[1] = 1
        try:
            child = os.fork()
            if child == 0:
                os._exit(1 if watcher._waiting or watcher._runs else 0)
            _, status = os.waitpid(child, 0)
        finally:
            del watcher._waiting[1]

        assert os.waitstatus_to_exitcode(status) == 0


def names_of_threads() -> set[str]:
    return {thread.name for thread in threading.enumerate()}
