"""A program: while its threads record, flush, fail, log and begin tasks, it forks again and again."""

import faulthandler
import logging
import os
import signal
import sys
import time
from collections.abc import Callable, Iterator
from itertools import count
from multiprocessing import get_context
from threading import Thread

from progress_updater import TaskUpdater
from progress_updater.models import TaskLog
from progress_updater.recording.guard import guard
from progress_updater.settings import current
from progress_updater.writing.channels import close, flush
from progress_updater.writing.journal.folder import journal_folder
from progress_updater.writing.journal.recovery import recover
from progress_updater.writing.sinks.database import DatabaseSink
from tests.writing.forked_records import LINES, faults

WITHIN = 30  # seconds in which a child has to end
AT_A_TIME = 4
PAUSE = 0.002  # seconds between two rounds of a thread, so that the others have their turn

logger = logging.getLogger("progress_updater.forking")
goes_on = True
shared = TaskUpdater(task_uuid="shared")
said = dict.fromkeys(("records", "counts", "fails", "begins"), 0)


def _rounds() -> Iterator[int]:
    for number in count():
        if not goes_on:
            return
        yield number
        time.sleep(PAUSE)


def records() -> None:
    updater = TaskUpdater(task_uuid="records")
    for number in _rounds():
        with updater.step("Step"):
            updater.notify(number)
        said["records"] = number + 1


def counts() -> None:
    updater = TaskUpdater(task_uuid="counts")
    for number in updater.track(_rounds(), "Count"):
        updater.notify(number)
        said["counts"] = number + 1


def fails() -> None:
    updater = TaskUpdater(task_uuid="fails")
    for number in _rounds():
        with updater("Fails"):
            updater.notify(number)
            said["fails"] = number + 1
            raise ValueError(number)


def begins() -> None:
    for number in _rounds():
        updater = TaskUpdater(task_uuid=f"begun {number}")
        updater.notify(0)
        updater.finish()
        said["begins"] = number + 1


def flushes() -> None:
    for _ in _rounds():
        flush(0.5)


def logs() -> None:
    for number in _rounds():
        logger.info("round %d", number)


def child(number: int) -> bool:
    """Record in a child: on the parent's task, and on one of its own."""
    own = TaskUpdater(task_uuid=f"child {number}")
    for line in range(LINES):
        own.notify(line)
        shared.notify(f"child {number} line {line}")
        logger.info("child")
    own.finish()
    if number % 2:
        close()  # what takes too long is left to others, in the journal
        return True
    return flush(20)


def fork(number: int) -> int:
    shared.notify(f"parent line {number}")
    forked = os.fork()
    if not forked:
        code = 8
        try:
            code = 0 if child(number) else 9
        finally:
            os._exit(code)
    return forked


def ended(children: dict[int, float], most: int) -> list[int]:
    """Wait until no more than so many children run, and return the codes of those that have ended."""
    codes = []
    while len(children) > most:
        codes += _reaped(children)
        time.sleep(0.001)
    return codes


def _reaped(children: dict[int, float]) -> list[int]:
    codes = []
    for pid, began in list(children.items()):
        done, status = os.waitpid(pid, os.WNOHANG)
        if done:
            del children[pid]
            codes.append(os.waitstatus_to_exitcode(status))
        elif time.monotonic() - began > WITHIN:
            _tell_of_hang(pid)
    return codes


def _tell_of_hang(pid: int) -> None:
    sys.stdout.write(f"Child {pid} hangs\n")
    sys.stdout.flush()
    os.kill(pid, signal.SIGUSR1)
    time.sleep(0.5)
    os.kill(pid, signal.SIGKILL)
    faulthandler.dump_traceback(all_threads=True)
    os._exit(1)


def fork_often(times: int) -> list[int]:
    children: dict[int, float] = {}
    codes: list[int] = []
    for number in range(times):
        children[fork(number)] = time.monotonic()
        codes += ended(children, AT_A_TIME)
    return codes + ended(children, 0)


def in_pool(number: int) -> int:
    """Record in a process of a pool of multiprocessing, which closes by itself."""
    TaskUpdater(task_uuid=f"pool {number}").notify(0)
    shared.notify(f"pool {number} line 0")
    return number


def by_multiprocessing(times: int) -> list[int]:
    with get_context("fork").Pool(2, maxtasksperchild=5) as pool:
        found = pool.map_async(in_pool, range(times), chunksize=1).get(WITHIN + times)
        pool.close()
        pool.join()
    return found


def store_what_is_left() -> None:
    folder = journal_folder(current())
    assert folder is not None
    while recover(DatabaseSink(current().DATABASE), folder) != 0:
        time.sleep(0.01)


def main(forks: int, pooled: int) -> None:
    global goes_on  # noqa: PLW0603 (the threads look at it)
    faulthandler.register(signal.SIGUSR1, all_threads=True)
    faulthandler.dump_traceback_later(WITHIN + forks, exit=True)
    work: list[Callable[[], None]] = [records, counts, fails, begins, flushes, logs]
    threads = [Thread(target=each) for each in work]
    for thread in threads:
        thread.start()
    codes = fork_often(forks)
    numbers = by_multiprocessing(pooled)
    goes_on = False
    for thread in threads:
        thread.join(WITHIN)
    for name in ("shared", "records", "counts", "fails"):
        TaskUpdater(task_uuid=name).finish()
    is_stored = flush(WITHIN)
    store_what_is_left()
    checks = {
        f"codes: {codes}": codes == [0] * forks,
        f"pool: {numbers}": numbers == list(range(pooled)),
        "it is not stored": is_stored,
        f"errors: {guard.failures}": guard.failures == 0,
        "tasks that go on": not TaskLog.objects.filter(end=None, task_uuid__startswith="child").exists(),
    }
    wrong = [fault for fault, is_well in checks.items() if not is_well] + list(faults(said, forks, pooled))
    sys.stdout.write("\n".join(wrong[:20]) or f"{forks} forks, all is well: {said}\n")
