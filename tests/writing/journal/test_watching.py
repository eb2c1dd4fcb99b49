"""The thread that recovers journals: what it survives, and that no fork copies it in the midst of a look."""

from progress_updater import states
from progress_updater.models import TaskLog
from tests.writing.programs import run_program

# Each program watches journals as a worker's main process does, and has children that are killed.
WATCH = """
import sqlite3
from progress_updater.integrations.celery import recovery
from progress_updater.settings import current
from progress_updater.writing import turn
from progress_updater.writing.journal import watching
from progress_updater.writing.journal.folder import journal_folder

watching.PAUSE = 0.02
watching.LONGEST_PAUSE = 0.2
recovery.watch_journals()
(watch,) = recovery._watches
folder = journal_folder(current())

def begins(task_uuid):
    child = os.fork()
    if not child:
        from progress_updater.writing.writer import Writer
        Writer._flush = lambda self: None
        TaskUpdater(task_uuid=task_uuid).notify('said')
        time.sleep(120)
        os._exit(0)
    wait_until(lambda: any(has_said(task_uuid, path.read_bytes()) for path in folder.glob('*.journal')))
    return child

def has_said(task_uuid, entries):
    return task_uuid.encode() in entries and b'"said"' in entries

def dies(child):
    os.kill(child, 9)
    os.waitpid(child, 0)

def is_stored(task_uuid):
    return Message.objects.filter(task_log__task_uuid=task_uuid).exists()

def wait_until(is_so, seconds=60):
    end = time.monotonic() + seconds
    while not is_so():
        assert time.monotonic() < end
        time.sleep(0.005)

def lock_database():
    other = sqlite3.connect(connections['progress'].settings_dict['NAME'], isolation_level=None)
    other.execute('BEGIN IMMEDIATE')
    return other
"""
ALL_IS_WELL = "print('all is well')"


def _runs(database: str, program: str) -> str:
    printed = run_program(database, f"{WATCH}{program}\n{ALL_IS_WELL}")
    assert "all is well" in printed, printed
    return printed


def test_what_dies_is_recovered_again_and_again_by_one_thread(sqlite_database: str) -> None:
    program = """
recovery.watch_journals()
assert recovery._watches == [watch]
for name in ('first', 'second'):
    dies(begins(name))
    wait_until(lambda: is_stored(name))
assert guard.failures == 0
"""
    _runs(sqlite_database, program)


def test_a_quiet_watch_gives_its_connection_back_and_takes_it_again(sqlite_database: str) -> None:
    program = """
dies(begins('first'))
wait_until(lambda: is_stored('first'))
watching.IDLE = 0.05
wait_until(lambda: watch._sink._connection._wrapper is None)
watching.IDLE = 30.0
dies(begins('second'))
wait_until(lambda: is_stored('second'))
assert watch._sink._connection._wrapper is not None
"""
    _runs(sqlite_database, program)


def test_while_the_database_is_away_it_warns_once_and_recovers_later(sqlite_database: str) -> None:
    program = """
def rename(old, new):
    with connections['progress'].cursor() as cursor:
        cursor.execute(f'ALTER TABLE {old} RENAME TO {new}')
table = TaskLog._meta.db_table
rename(table, 'away')
dies(begins('one'))
wait_until(lambda: guard.failures >= 3)
assert len(list(folder.glob('*.journal'))) == 1
rename('away', table)
wait_until(lambda: is_stored('one'))
wait_until(lambda: not list(folder.glob('*.journal')))
"""
    assert _runs(sqlite_database, program).count("could not recover what a process left") == 1


def test_a_loud_guard_does_not_end_it(sqlite_database: str) -> None:
    program = """
def fails():
    called.append(True)
    raise SystemExit
called = []
guard.loud = True
recovery.after_recovery('unknown', fails)
wait_until(lambda: guard.failures)
dies(begins('one'))
wait_until(lambda: is_stored('one'))
assert called == [True]
"""
    _runs(sqlite_database, program)


def test_what_is_to_be_done_after_a_recovery_waits_for_it_but_not_for_one_who_lives(
    sqlite_database: str,
) -> None:
    program = """
def act(task_uuid):
    found[task_uuid] = is_stored(task_uuid), time.monotonic()
    connections.close_all()
found = {}
child = begins('dying')
recovery.after_recovery('dying', lambda: act('dying'))
dies(child)
wait_until(lambda: 'dying' in found)
assert found['dying'][0]

child, asked = begins('living'), time.monotonic()
recovery.after_recovery('living', lambda: act('living'))
wait_until(lambda: 'living' in found)
assert not found['living'][0]
assert watching.DYING <= found['living'][1] - asked < watching.DYING + 30
dies(child)
wait_until(lambda: is_stored('living'))
assert guard.failures == 0
"""
    _runs(sqlite_database, program)


def test_a_forked_child_in_which_nobody_looks_does_at_once_what_was_to_wait(sqlite_database: str) -> None:
    program = """
child = os.fork()
if not child:
    acted = []
    recovery.after_recovery('one', lambda: acted.append(True))
    os._exit(0 if acted else 9)
assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
dies(begins('one'))
wait_until(lambda: is_stored('one'))
"""
    _runs(sqlite_database, program)


def test_what_is_to_be_done_after_a_recovery_is_done_before_the_process_ends(sqlite_database: str) -> None:
    program = """
from progress_updater.recording.changes import Identity, Settlement
from progress_updater.writing.channels import channel
from progress_updater.writing.sources import settlement
end = Settlement(state='FAILURE', end=time.time() + 60, failure=None)
told = settlement('dying', Identity(task_name='TEST'), end)
watching.DYING = 120
watches.append(watch)
children.append(begins('dying'))
recovery.after_recovery('dying', lambda: channel().prompt(told))
"""
    # At the very end, while the watch is held: it would find the child dead, and store its run and its loss.
    leaves = "atexit.register(lambda: (watches[0]._turn.take(), os.kill(children[0], 9)))"
    first = f"import atexit, os; children, watches = [], []; {leaves}"
    assert run_program(sqlite_database, f"{WATCH}{program}", first=first, seconds=30) == ""
    assert TaskLog.objects.get().state == states.FAILURE


def test_no_fork_copies_a_look_in_its_midst(sqlite_database: str) -> None:
    program = """
watching.PAUSE = 0.001
dying = [begins(f'child {number}') for number in range(4)]
codes = []
for number in range(20):
    if number % 5 == 0:
        dies(dying.pop())
    child = os.fork()
    if not child:
        os._exit(0 if watch._turn._free.wait(0) else 9)
    codes.append(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
assert codes == [0] * 20, codes
for number in range(4):
    wait_until(lambda: is_stored(f'child {number}'))
"""
    _runs(sqlite_database, program)


def test_a_look_that_hangs_delays_a_fork_by_a_moment_only(sqlite_database: str) -> None:
    program = """
connections['progress'].settings_dict['OPTIONS']['timeout'] = 60  # seconds for which the look hangs
other = lock_database()
dies(begins('one'))
wait_until(watch._turn._free._lock.locked)
began = time.monotonic()
child = os.fork()
if not child:
    os._exit(0)
assert os.waitpid(child, 0)[1] == 0
assert time.monotonic() - began < 30 * turn.LONGEST_HOLD
other.close()
wait_until(lambda: is_stored('one'))
"""
    _runs(sqlite_database, program)
