"""No thread starts while the interpreter shuts down: what is said then is stored, and nobody is alarmed."""

from tests.writing.changes import texts
from tests.writing.programs import WITHOUT_JOURNAL, run_program


def test_what_is_said_while_no_thread_can_be_started_any_more_is_stored(sqlite_database: str) -> None:
    program = """
import atexit, _thread
def no_thread(*_):
    raise RuntimeError("can't create new thread at interpreter shutdown")
def last_words():
    _thread.start_new_thread = no_thread
    with TaskUpdater(task_uuid='t') as updater:
        updater.notify('last words')
atexit.register(last_words)
"""
    assert run_program(sqlite_database, WITHOUT_JOURNAL + program) == ""
    assert texts("t") == ["last words"]
