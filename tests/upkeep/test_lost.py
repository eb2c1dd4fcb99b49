"""Tasks of processes that are not heard of any more, on each database, with real processes."""

import signal
import time
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.utils import timezone

from progress_updater import snapshot
from progress_updater.models import TaskTree
from progress_updater.policy import Audience
from progress_updater.upkeep.reaper import reap, reap_and_wait
from progress_updater.writing.channels import flush
from tests.rows import a_log
from tests.upkeep.workers import SHORT, Worker, a_worker
from tests.waiting import wait_until

pytestmark = pytest.mark.processes


def picture_of(worker: Worker) -> dict:
    """Read the record as the API and the admin do."""
    return snapshot.detail(worker.log, Audience.DETAILS)


def picture_of_living(worker: Worker) -> dict:
    """Read it when the process was heard of; on a machine that stood still it is silent for a moment."""
    return wait_until(lambda: (picture := picture_of(worker))["alive"] is True and picture, 60, "a heartbeat")


def wait_for_silence(worker: Worker) -> None:
    wait_until(lambda: picture_of(worker)["alive"] is not True, 60, "the silence of the process")


def test_a_killed_process_is_noticed_by_a_read(short: None, database: str) -> None:
    with a_worker(database) as worker:
        assert picture_of_living(worker)
        worker.say("last words")
        wait_until(lambda: worker.lines == ["last words"])
        worker.send(signal.SIGKILL)
        wait_for_silence(worker)
        worker.wait_for("LOST")
    picture = picture_of(worker)
    assert (picture["finished"], picture["status"], picture["alive"]) == (True, 0, None)
    assert f"The worker process {worker.pid} on host " in picture["exception"]
    assert "has not been heard of since " in picture["exception"]
    assert "while in “Inner”" in picture["exception"]
    assert picture["failure"]["type"] == "WorkerLost"
    assert picture["failure"]["step"] == 2
    assert [(step["state"], step["end"] is None) for step in picture["steps"]] == [("LOST", False)] * 2
    assert picture["steps"][0]["progress"]["current"] == 412
    assert [(each["state"], each["process"]["pid"]) for each in picture["attempts"]] == [("LOST", worker.pid)]
    assert [line["text"] for line in picture["messages"]] == ["last words"]
    assert picture["log"].endswith("jobs finished\n")


def test_it_is_stored_once_however_many_notice(short: None, database: str) -> None:
    with a_worker(database) as worker:
        worker.send(signal.SIGKILL)
        wait_for_silence(worker)
        worker.wait_for("LOST")
    before = worker.log
    for _ in range(3):
        reap_and_wait(worker.task_uuid, before.run)
    assert flush(60)
    after = worker.log
    assert (after.seq, after.updated, after.end) == (before.seq, before.updated, before.end)


def test_a_process_that_is_heard_of_is_not_lost_whoever_says_so(
    short: None, database: str, settings: Any
) -> None:
    settings.PROGRESS_UPDATER = {**settings.PROGRESS_UPDATER, "LOST_AFTER": 60.0}
    with a_worker(database) as worker:
        before = worker.log
        reap(worker.task_uuid, before.run)
        assert flush(60)
        assert (worker.log.state, worker.log.seq) == ("STARTED", before.seq)
        worker.end()
    assert worker.log.state == "SUCCESS"


@pytest.mark.parametrize("has_journal", [False, True])
def test_a_stopped_process_is_lost_and_resumes_where_it_was(
    short: None, database: str, tmp_path: Path, has_journal: bool
) -> None:
    folder = str(tmp_path / "journals") if has_journal else None
    with a_worker(database, JOURNAL_DIR=folder) as slow, a_worker(database, JOURNAL_DIR=folder) as other:
        slow.say("before")
        wait_until(lambda: slow.lines == ["before"])
        slow.send(signal.SIGSTOP)
        slow.wait_for("LOST")  # nothing reads but rows: the other process has noticed
        assert picture_of_living(other)
        slow.send(signal.SIGCONT)
        slow.wait_for("STARTED")  # without a word of the task itself
        picture = picture_of_living(slow)
        assert [step["state"] for step in picture["steps"]] == ["STARTED", "STARTED"]
        assert picture["attempts"][0]["state"] == "STARTED"
        assert (picture["exception"], picture["end"]) == (None, None)
        slow.say("after")
        slow.end()
        other.end()
    assert (slow.log.state, other.log.state) == ("SUCCESS", "SUCCESS")
    assert slow.lines == ["before", "after"]
    picture = picture_of(slow)
    assert [step["state"] for step in picture["steps"]] == ["SUCCESS", "SUCCESS"]
    assert len(picture["attempts"]) == 1


def test_a_stopped_process_that_ends_at_once_ends_well(short: None, database: str) -> None:
    with a_worker(database) as slow, a_worker(database):
        slow.send(signal.SIGSTOP)
        slow.wait_for("LOST")
        slow.say("after")
        slow.say("end")
        slow.send(signal.SIGCONT)
        slow.wait_for("SUCCESS")
        assert slow.lines == ["after"]
        assert set(slow.log.steps.values_list("state", flat=True)) == {"SUCCESS"}


def test_who_was_stopped_does_not_judge_others_before_they_can_be_heard(short: None, database: str) -> None:
    with a_worker(database) as first, a_worker(database) as second:
        for worker in (first, second):
            worker.send(signal.SIGSTOP)
        time.sleep(SHORT["LOST_AFTER"] + 1)  # nobody is there to notice
        assert second.has_state("STARTED")
        began = timezone.now()
        first.send(signal.SIGCONT)
        second.wait_for("LOST")
        assert second.log.updated - began >= timedelta(seconds=SHORT["LOST_AFTER"])
        second.send(signal.SIGCONT)
        for worker in (first, second):
            worker.end()
            assert worker.log.state == "SUCCESS"


def test_a_redelivery_is_the_next_attempt(short: None, database: str) -> None:
    with a_worker(database) as first:
        first.send(signal.SIGKILL)
        wait_for_silence(first)
        first.wait_for("LOST")
    with a_worker(database, first.task_uuid) as second:
        second.end()
    picture = picture_of(second)
    assert [each["state"] for each in picture["attempts"]] == ["LOST", "SUCCESS"]
    assert (picture["state"], picture["exception"]) == ("SUCCESS", None)


def test_an_older_attempt_that_died_is_closed_and_the_newer_one_goes_on(short: None, database: str) -> None:
    with a_worker(database, LOST_AFTER=60, HEARTBEAT=0.2) as first:
        first.send(signal.SIGKILL)
        with a_worker(database, first.task_uuid) as second:
            wait_until(lambda: first.log.attempt_set.get(number=1).state == "LOST", 60, "the first attempt")
            assert (second.log.state, second.log.exception) == ("STARTED", None)
            assert set(second.log.steps.filter(attempt__number=1).values_list("state", flat=True)) == {"LOST"}
            second.end()
    assert second.log.state == "SUCCESS"


def test_what_waits_for_a_lost_task_is_settled_by_whoever_runs_tasks(short: None, database: str) -> None:
    lost = a_log(tree="tree").finish("LOST")
    waiting = a_log(started=False, tree="tree", previous=lost.task_uuid, queued=None)
    TaskTree.objects.create(key="tree", tasks=2, done=1, failed=1, updated=lost.at)
    lost.set(end=timezone.now() - timedelta(minutes=1))
    with a_worker(database) as worker:
        wait_until(lambda: waiting.row.state == "IGNORED", 60, "a heartbeat that finds it")
        worker.end()
    assert waiting.row.exception_type == "WaitsForLost"
