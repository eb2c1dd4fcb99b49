"""Whether a task's process is alive, and whether it moves."""

import pytest

from progress_updater import snapshot, states
from progress_updater.models import Attempt, Process
from progress_updater.policy import Audience
from tests.rows import BEGIN, a_log, heard_of

pytestmark = pytest.mark.django_db(databases="__all__")

DETAILS, OWNER, VIEWER = Audience.DETAILS, Audience.OWNER, Audience.VIEWER
FRAMES = [{"file": "shop.py", "line": 7, "function": "pay"}]


def shown(log, audience=DETAILS):
    return snapshot.detail(log.row, audience)


def in_list(log, audience=DETAILS):
    return snapshot.item(log.row, audience)


@pytest.mark.parametrize("read", [shown, in_list])
@pytest.mark.parametrize(("seconds", "alive"), [(0, True), (15, True), (35, False), (10**6, False)])
def test_a_process_is_alive_that_was_heard_of_within_lost_after(read, seconds, alive):
    log = a_log()
    heard_of(log, seconds)
    assert read(log)["alive"] is alive


def test_the_latest_heartbeat_counts_and_not_the_start():
    log = a_log()
    process, now = heard_of(log, 1000), heard_of(a_log(), 0).started
    Process.objects.filter(pk=process.pk).update(heartbeat=now)
    assert shown(log)["alive"] is True


def test_the_settings_say_how_long_that_is(settings):
    log = a_log()
    heard_of(log, 35)
    settings.PROGRESS_UPDATER = {**settings.PROGRESS_UPDATER, "LOST_AFTER": 60}
    assert shown(log)["alive"] is True


def test_nobody_knows_without_a_process_or_when_its_row_is_gone():
    log = a_log()
    assert shown(log)["alive"] is None
    heard_of(log, 0).delete()
    assert Attempt.objects.filter(task_log=log.pk).count() == 1
    assert shown(log)["alive"] is None
    assert shown(a_log(started=False))["alive"] is None


@pytest.mark.parametrize("state", [*sorted(states.TERMINAL), states.RETRY, states.PAUSED])
def test_nobody_asks_about_a_task_that_does_not_run(state):
    log = a_log()
    heard_of(log, 1000)
    log.end_attempt(state)
    log.set(state=state)
    assert shown(log)["alive"] is None


def test_the_newest_attempt_counts():
    log = a_log()
    heard_of(log, 1000)
    log.attempt()
    heard_of(log, 0)
    assert shown(log)["alive"] is True


def test_only_readers_of_details_see_the_process():
    log = a_log()
    heard_of(log, 0)
    assert shown(log)["attempts"][0]["process"] == {"host": "web1", "pid": 4711}
    for audience in (OWNER, VIEWER):
        assert shown(log, audience)["attempts"][0]["process"] is None


def a_stalled_log(seconds=0):
    log = a_log()
    outer = log.open("Outer")
    log.open("Inner", outer)
    heard_of(log, seconds)
    told = {"step": 2, "since": BEGIN.timestamp(), "frames": FRAMES}
    Attempt.objects.filter(pk=log.current.pk).update(stalled=told)
    return log


@pytest.mark.parametrize("read", [shown, in_list])
def test_a_stalled_task_shows_its_step_and_to_readers_of_details_its_frames(read):
    log = a_stalled_log()
    assert read(log)["stalled"] == {"step": "1.1", "since": "2019-08-08T14:54:10.788631Z", "frames": FRAMES}
    for audience in (OWNER, VIEWER):
        assert read(log, audience)["stalled"] == {"step": "1.1", "since": "2019-08-08T14:54:10.788631Z"}


def test_what_is_dead_or_has_ended_has_not_stalled():
    assert shown(a_stalled_log(1000))["stalled"] is None
    assert shown(a_stalled_log().finish())["stalled"] is None


def test_a_list_reads_the_trees_of_all_stalled_tasks_at_once(django_assert_num_queries, settings):
    logs = [a_stalled_log().row for _ in range(3)]
    with django_assert_num_queries(3, using=logs[0]._state.db):
        assert [item["stalled"]["step"] for item in snapshot.items(logs, DETAILS)] == ["1.1"] * 3
