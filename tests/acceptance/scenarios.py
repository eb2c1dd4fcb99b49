"""What the tests do in a process of their own, with the site's database and broker: it prints JSON."""

import json
import sys
import time
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.db import connections

from tests.acceptance.app import CONTROL, QUEUE, app  # isort: skip (it sets Django up for what follows)

from progress_updater import snapshot, task_context
from progress_updater.actions.cancel import cancel
from progress_updater.actions.retry import retry
from progress_updater.models import Attempt, Message, TaskLog
from progress_updater.policy import Audience
from progress_updater.writing.channels import flush
from tests.acceptance.clients import client_answers
from tests.acceptance.committing import kill_in_commit, make_commits_wait
from tests.acceptance.following import follow
from tests.acceptance.killing import kill_children
from tests.acceptance.left_waiting import begin_chord, states_once
from tests.acceptance.paced_records import faults_of_paced
from tests.acceptance.replaying import kill_with_late_replay
from tests.acceptance.talking import begin_to_talk, faults_of_talk
from tests.waiting import wait_until

SCENARIOS: dict[str, Callable[..., Any]] = {}
WITHIN = 120  # seconds


def scenario(function: Callable[..., Any]) -> Callable[..., Any]:
    """Let a function be called from a test."""
    SCENARIOS[function.__name__] = function
    return function


def wait_until_finished(task_ids: list[str], seconds: float = WITHIN) -> None:
    """Wait until the records have ended, and what this process has to say of them is stored."""
    assert flush(seconds)
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        finished = 0
        for start in range(0, len(task_ids), 500):
            logs = TaskLog.objects.filter(task_uuid__in=task_ids[start : start + 500]).finished()
            # LOST stands until Celery, too, has noticed the death.
            finished += logs.exclude(state="LOST").count()
        if finished == len(set(task_ids)):
            return
        time.sleep(0.05)
    states = dict(TaskLog.objects.filter(task_uuid__in=task_ids[:500]).values_list("task_uuid", "state"))
    raise TimeoutError(f"not finished within {seconds} s: {states}")


def record_of(task_id: str) -> dict[str, Any]:
    """Return the record as somebody who may see all of it."""
    log = TaskLog.objects.get(task_uuid=task_id)
    found: dict[str, Any] = json.loads(json.dumps(snapshot.detail(log, Audience.DETAILS)))
    return found


@scenario
def migrate() -> bool:
    """Make the tables."""
    for alias in settings.DATABASES:
        call_command("migrate", database=alias, verbosity=0)
    return True


@scenario
def forget_messages() -> None:
    """Remove from the broker what this test has made there."""
    with app.connection_for_write() as connection:
        channel = connection.default_channel
        if connection.transport.driver_type == "redis":
            for key in list(channel.client.scan_iter(f"{QUEUE}*")):
                channel.client.delete(key.decode().removeprefix(QUEUE))
        elif connection.transport.driver_type == "amqp":
            channel.queue_delete(QUEUE)
            for exchange in (QUEUE, f"{CONTROL}.pidbox", f"reply.{CONTROL}.pidbox"):
                channel.exchange_delete(exchange)


@scenario
def send(name: str, *args: Any, **options: Any) -> str:
    """Send a task and return its id."""
    return str(app.send_task(name, args=args, **options).id)


@scenario
def send_all(calls: list[list[Any]]) -> list[str]:
    """Send tasks, each given as [name, args, options of apply_async], and return their ids."""
    return [send(f"tests.acceptance.tasks.{name}", *args, **options) for name, args, options in calls]


@scenario
def revoke(task_id: str, options: dict[str, Any]) -> None:
    """Have the workers revoke a task."""
    app.control.revoke(task_id, **options)


@scenario
def cancel_task(task_id: str, terminate_after: float | None = None) -> str:
    """Cancel a task as the API does; return its state at once."""
    assert flush(WITHIN)
    return str(cancel(TaskLog.objects.get(task_uuid=task_id), terminate_after=terminate_after).state)


@scenario
def retry_task(task_id: str) -> str:
    """Send a task again as the API does; return the new id."""
    return retry(TaskLog.objects.get(task_uuid=task_id)).task_uuid


@scenario
def results(task_ids: list[str]) -> list[Any]:
    """Return what Celery says of tasks: state, and value or exception."""
    found = [app.AsyncResult(task_id) for task_id in task_ids]
    for result in found:
        result.get(timeout=WITHIN, propagate=False)
    return [[result.state, repr(result.result)] for result in found]


@scenario
def redelivered(task_id: str) -> list[bool]:
    """Tell of each attempt of a task whether the broker delivered the message again."""
    attempts = Attempt.objects.filter(task_log__task_uuid=task_id).order_by("number")
    return list(attempts.values_list("redelivered", flat=True))


@scenario
def record_when_finished(name: str, *args: Any) -> dict[str, Any]:
    """Send a task and return its record when it has ended."""
    with task_context(owner="7", tags=["acceptance"], about="shop.order:3"):
        task_id = send(name, *args)
    wait_until_finished([task_id])
    return record_of(task_id)


@scenario
def finished_record(task_id: str) -> dict[str, Any]:
    """Return the record of a task that was sent before, when it has ended."""
    wait_until_finished([task_id])
    return record_of(task_id)


@scenario
def record_now(task_id: str) -> dict[str, Any]:
    """Return the record of a task as it is now."""
    return record_of(task_id)


for function in (client_answers, begin_chord, states_once):
    scenario(function)
scenario(follow)
scenario(kill_children)
for function in (begin_to_talk, faults_of_talk, make_commits_wait, kill_in_commit, kill_with_late_replay):
    scenario(function)


@scenario
def restart_pool() -> None:
    """Have the workers replace the processes of their pools."""
    app.control.pool_restart()


@scenario
def pool_processes() -> list[int]:
    """Return the processes of the worker's pool."""
    found: dict[str, Any] = app.control.inspect(timeout=WITHIN, limit=1).stats() or {}
    return [pid for stats in found.values() for pid in stats["pool"]["processes"]]


@scenario
def recover() -> None:
    """Do what an operator does after a crash."""
    call_command("tasklog", "recover", stdout=sys.stderr)


@scenario
def send_paced(calls: list[list[Any]]) -> list[str]:
    """Send tasks of paced.py, each given by its arguments, and return their ids."""
    return [send("tests.acceptance.paced.paced", *args) for args in calls]


@scenario
def outcomes_of_paced(tallies: dict[str, str], seconds: float) -> dict[str, Any]:
    """Wait for tasks of paced.py, given by their ids; return what they returned, and what is wrong."""
    connections.close_all()  # they may be from before the outage
    wait_until_finished(list(tallies), seconds)
    return {
        "returned": [app.AsyncResult(task_id).get(timeout=WITHIN) for task_id in tallies],
        "wrong": [fault for task_id, tally in tallies.items() for fault in faults_of_paced(task_id, tally)],
    }


@scenario
def burst(count: int) -> dict[str, int]:
    """Send many tasks at once and count the complete records."""
    ids = [
        str(app.send_task("tests.acceptance.tasks.one_step", args=(number,)).id) for number in range(count)
    ]
    wait_until_finished(ids, 150)
    logs = TaskLog.objects.filter(celery_name="tests.acceptance.tasks.one_step")
    return {
        "logs": logs.count(),
        "succeeded": logs.filter(state="SUCCESS").count(),
        "sent": logs.exclude(queued=None).count(),
        "attempts": logs.filter(attempts=1).count(),
        "steps": sum(log.steps_done for log in logs.only("steps_done")),
        "messages": Message.objects.filter(task_log__in=logs.values("pk")).count(),
        "different": len(set(logs.values_list("message", flat=True))),
    }


@scenario
def outcomes_of_soft_limits(count: int, concurrency: int) -> dict[str, int]:
    """Run tasks in tight loops into a soft time limit of one second; count how they ended."""
    ids = [
        app.send_task("tests.acceptance.tasks.tight_loops", soft_time_limit=1, time_limit=30).id
        for _ in range(count)
    ]
    wait_until_finished([str(task_id) for task_id in ids], 30 + 4 * count / concurrency)
    outcomes = [app.AsyncResult(task_id).get(timeout=WITHIN) for task_id in ids]
    return {outcome: outcomes.count(outcome) for outcome in sorted(set(outcomes))}


@scenario
def seen_inside_transaction(folder: str) -> dict[str, Any]:
    """Look at a task's record while its transaction is open, and after it was rolled back."""
    from django.contrib.auth.models import Group

    hold, release = Path(folder) / "hold", Path(folder) / "release"
    task_id = send("tests.acceptance.tasks.in_transaction", str(hold), str(release))
    wait_until(hold.exists, WITHIN, "the task is in its transaction")
    said = Message.objects.filter(task_log__task_uuid=task_id)
    wait_until(said.exists, WITHIN, "its message is seen")
    inside = record_of(task_id)
    release.touch()
    wait_until_finished([task_id])
    return {
        "inside": inside,
        "after": record_of(task_id),
        "undone": not Group.objects.filter(name="undone").exists(),
    }


@scenario
def seen_while_computing(folder: str) -> str:
    """Look at the record of a task that never waits for anything; return its state while it computes."""
    release = Path(folder) / "release"
    task_id = send("tests.acceptance.tasks.computes", str(release))
    said = Message.objects.filter(task_log__task_uuid=task_id, text="computing")
    wait_until(said.exists, WITHIN, "its message")
    state: str = TaskLog.objects.get(task_uuid=task_id).state
    release.touch()
    wait_until_finished([task_id])
    return state


@scenario
def deltas(sends: list[list[Any]], same_id: str | None = None) -> dict[str, Any]:
    """Send tasks and follow their records by deltas alone; compare with the tables at the end."""
    ids = [same_id or f"follow-{number}" for number in range(len(sends))]
    for task_id, (name, *args) in zip(ids, sends, strict=True):
        app.send_task(name, args=args, task_id=task_id)
    followers = {task_id: _Follower(task_id) for task_id in ids}
    expected = {task_id: ids.count(task_id) for task_id in ids}
    end = time.monotonic() + WITHIN
    while time.monotonic() < end:
        for follower in followers.values():
            follower.look()
        if all(_is_over(task_id, count) for task_id, count in expected.items()):
            break
    for follower in followers.values():
        follower.look()
    return {task_id: follower.comparison() for task_id, follower in followers.items()}


def _is_over(task_id: str, runs: int) -> bool:
    log = TaskLog.objects.filter(task_uuid=task_id).finished().first()
    if log is None:
        return False
    ended = log.attempt_set.exclude(end=None).count()
    return ended >= runs and not log.attempt_set.filter(end=None).exists()


class _Follower:
    """Read a record by deltas."""

    def __init__(self, task_id: str) -> None:
        self._task_id = task_id
        self._seq = 0
        self._lines: list[tuple[int, str]] = []
        self._log = ""
        self._steps: dict[tuple[int, int], str] = {}
        self._looks = 0

    def look(self) -> None:
        more = True
        while more:
            log = TaskLog.objects.filter(task_uuid=self._task_id).first()
            if log is None:
                return
            delta = snapshot.delta(log, Audience.DETAILS, after=self._seq, limit=200)
            self._lines += [(message["seq"], message["text"]) for message in delta["messages"]]
            self._steps.update({(step["attempt"], step["id"]): step["state"] for step in delta["steps"]})
            self._log += delta["log"]
            self._seq, more = delta["seq"], delta["more"]
            self._looks += 1

    def comparison(self) -> dict[str, Any]:
        log = TaskLog.objects.get(task_uuid=self._task_id)
        stored = list(log.messages.order_by("seq").values_list("seq", "text"))
        steps = {
            (step.attempt.number, step.number): step.state for step in log.steps.select_related("attempt")
        }
        return {
            "state": log.state,
            "lines": len(stored),
            "lines_are_equal": stored == self._lines,
            "steps_are_equal": steps == self._steps,
            "text_has_each_line_once": all(self._log.count(f"\t{text}\n") == 1 for _, text in stored[:200]),
            "attempts": list(log.attempt_set.order_by("number").values_list("number", "state")),
            "workers": log.attempt_set.values("worker").distinct().count(),
            "looks": self._looks,
        }


def main() -> None:
    """Answer each line of the input, [name, arguments], by a line: [True, result] or [False, traceback]."""
    for line in sys.stdin:
        name, arguments = json.loads(line)
        try:
            answer = [True, SCENARIOS[name](*arguments)]
        except Exception:
            answer = [False, traceback.format_exc()]
        sys.stdout.write(json.dumps(answer) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
