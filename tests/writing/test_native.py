"""Native threads, and the bell that wakes those who wait."""

import signal
import sys
import threading
import time
from threading import Event

import pytest

from progress_updater.writing.native import Bell, start_thread
from tests.waiting import wait_until
from tests.writing.changes import texts
from tests.writing.programs import run_program


def test_a_thread_runs_the_function() -> None:
    seen: list[int] = []
    start_thread(lambda: seen.append(threading.get_ident()))
    wait_until(lambda: seen, 60, "the thread")
    assert seen[0] != threading.get_ident()


def test_debuggers_and_coverage_follow_a_thread(monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[object] = []
    monkeypatch.setattr(threading, "gettrace", lambda: None)
    monkeypatch.setattr(threading, "getprofile", lambda: _profile)
    start_thread(lambda: seen.append(sys.getprofile()))
    wait_until(lambda: seen, 60, "the thread")
    assert seen == [_profile]


def _profile(*_: object) -> None: ...


def test_a_signal_to_the_process_goes_to_the_threads_of_the_author() -> None:
    seen: list[set[int]] = []
    start_thread(lambda: seen.append(signal.pthread_sigmask(signal.SIG_BLOCK, [])))
    wait_until(lambda: seen, 60, "the thread")
    assert {signal.SIGTERM, signal.SIGUSR1, signal.SIGALRM} <= seen[0]
    assert signal.SIGSEGV not in seen[0]
    assert signal.SIGTERM not in signal.pthread_sigmask(signal.SIG_BLOCK, [])


def test_a_bell_that_rang_before_is_heard() -> None:
    bell = Bell()
    for _ in range(3):
        bell.ring()
    assert bell.wait(0)
    assert not bell.wait(0)


def test_who_waits_is_woken() -> None:
    bell, heard = Bell(), Event()
    start_thread(lambda: heard.set() if bell.wait() else None)
    assert not heard.wait(0.05)
    bell.ring()
    assert heard.wait(10)


@pytest.mark.parametrize("wait", [Bell.wait, Bell.wait_politely])
def test_waiting_ends_in_time(wait: object) -> None:
    began = time.monotonic()
    assert not wait(Bell(), 0.05)  # type: ignore[operator]
    assert not wait(Bell(), -1)  # type: ignore[operator]
    assert 0.05 <= time.monotonic() - began < 30


# ---------------------------------------------------------------- gevent

PATCHED = "from gevent import monkey; monkey.patch_all()\nimport gevent"

TICKS = """
ticks = []
def tick():
    while True:
        ticks.append(time.monotonic())
        gevent.sleep(0.005)
ticking = gevent.spawn(tick)
gevent.sleep(0)

def ticks_during(function, *arguments):
    before = len(ticks)
    return function(*arguments), len(ticks) - before
"""


def test_a_greenlet_that_computes_does_not_stop_the_writer(database: str) -> None:
    program = """
import faulthandler
updater = TaskUpdater(task_uuid='t', task_name='TEST')
stored = []
with updater('Compute'):
    deadline = time.monotonic() + 120  # both have to share the machine with the other tests
    while not stored and time.monotonic() < deadline:  # it never yields: reading is done by another process
        updater.notify('line')
        sum(range(20_000))
        if os.path.exists(sys.argv[0] + '.seen'):
            stored.append(True)
if not stored:
    faulthandler.dump_traceback()  # who waits for what
assert stored
updater.finish()
assert flush(60)
assert guard.failures == 0
print('all is well')
"""
    # While the greenlet computes, a process of its own waits for its lines.
    watch = """
import subprocess
watcher = subprocess.Popen([sys.executable, '-c', '''
import os, sys, time
import django
django.setup()
from progress_updater.models import Message
deadline = time.monotonic() + 120
while not Message.objects.exists() and time.monotonic() < deadline:
    time.sleep(0.02)
open(sys.argv[1], 'w').close()
''', sys.argv[0] + '.seen'])
"""
    printed = run_program(database, f"{watch}{program}", first=PATCHED, seconds=180)
    assert "all is well" in printed, printed


def test_waiting_greenlets_let_the_others_go_on(database: str) -> None:
    program = """
from progress_updater.writing.channels import channel
updater = TaskUpdater(task_uuid='t', task_name='TEST')
updater.notify('one')
assert flush(60)

store, slow = channel().sink.store, monkey.get_original('time', 'sleep')
flushes = []
def slowly(changes):
    flushes.append(len(changes))
    slow(0.2)
    store(changes)
channel().sink.store = slowly

def short(number):
    updater = TaskUpdater(task_uuid=f'g{number}', task_name='TEST')
    with updater('First'):
        updater.notify('one')
    updater.finish()
    return flush(60)

def many():
    greenlets = [gevent.spawn(short, number) for number in range(60)]
    gevent.joinall(greenlets)
    return [greenlet.value for greenlet in greenlets]

stored, ticked = ticks_during(many)
assert stored == [True] * 60, stored
assert ticked > 10, ticked
assert len(flushes) < 30, flushes  # one after the other: 60

# Nobody waits longer than the deadline, however many wait, and the pool of threads stays free.
def hang(changes):
    slow(1)
channel().sink.store = hang
def impatient(number):
    TaskUpdater(task_uuid=f'h{number}', task_name='TEST').notify('one')
    began = time.monotonic()
    return flush(0.3), time.monotonic() - began
greenlets = [gevent.spawn(impatient, number) for number in range(60)]
gevent.sleep(0.05)
assert gevent.get_hub().threadpool.apply(lambda: 'free') == 'free'
gevent.joinall(greenlets)
assert not any(stored for stored, _ in (greenlet.value for greenlet in greenlets))
assert max(took for _, took in (greenlet.value for greenlet in greenlets)) < 9  # one after the other: 18
channel().sink.store = store
assert flush(60)
assert TaskLog.objects.count() == 121
assert guard.failures == 0
print('all is well')
"""
    printed = run_program(database, f"{TICKS}{program}", first=PATCHED)
    assert "all is well" in printed, printed


def test_under_gevent_errors_are_outlived_too(database: str) -> None:
    program = """
from progress_updater.writing.channels import channel
updater = TaskUpdater(task_uuid='t', task_name='TEST')
updater.notify('one')
assert flush(60)
wrapper = channel().sink._connection._wrapper
if wrapper.vendor == 'sqlite':
    wrapper.connection.close()
else:
    raw = wrapper.connection
    if wrapper.vendor == 'postgresql':
        end = f'SELECT pg_terminate_backend({raw.info.backend_pid})'
    else:
        end = f'KILL {raw.thread_id()}'
    with connections['progress'].cursor() as cursor:
        cursor.execute(end)
updater.notify('two')
assert flush(60)
assert list(Message.objects.order_by('seq').values_list('text', flat=True)) == ['one', 'two']
assert guard.failures == 1
child = os.fork()
if child == 0:
    updater.notify('child')
    os._exit(0 if flush(60) else 9)
assert os.waitpid(child, 0)[1] == 0
print('all is well')
updater.notify('last words')
"""
    printed = run_program(database, program, first=PATCHED)
    assert "all is well" in printed, printed
    assert texts("t") == ["one", "two", "child", "last words"]
