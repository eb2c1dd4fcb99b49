"""A process that is killed while the server commits what it has sent; PostgreSQL."""

import os
import signal
from functools import partial
from typing import Any

from django.db import connections

from progress_updater import states
from progress_updater.models import Message
from progress_updater.settings import current
from tests.acceptance.cut_off import KILLED
from tests.acceptance.talking import WITHIN, begin_to_talk, faults_of_talk
from tests.waiting import wait_until

LINE = "300"
"""The server waits when it commits this line."""

LOCK = 17

WAIT_FOR_THE_TEST = f"""
CREATE FUNCTION wait_for_the_test() RETURNS trigger LANGUAGE plpgsql AS
$$ BEGIN PERFORM pg_advisory_xact_lock_shared({LOCK}); RETURN NULL; END $$;
CREATE CONSTRAINT TRIGGER waits AFTER INSERT ON {Message._meta.db_table} DEFERRABLE INITIALLY DEFERRED
FOR EACH ROW WHEN (NEW.text = '{LINE}') EXECUTE FUNCTION wait_for_the_test();
"""
COMMITTING = "wait_event = 'advisory' AND query ILIKE 'commit%'"
REPLAYING = "wait_event_type = 'Lock' AND wait_event <> 'advisory'"


def make_commits_wait() -> None:
    """Have the server wait in the midst of a COMMIT, as long as somebody else holds a lock."""
    _execute(WAIT_FOR_THE_TEST)


def kill_in_commit(folder: str, is_stored: bool) -> list[str]:
    """Kill a process while its COMMIT is under way, and look at the record.

    Args:
        folder: for the tallies.
        is_stored: whether the server goes on and stores it; otherwise it undoes it.

    Returns:
        What is wrong, as text.
    """
    _execute(f"SELECT pg_advisory_lock({LOCK})")
    try:
        ((task_id, pid),) = begin_to_talk(folder, 1, {}).items()
        committing = _backend(COMMITTING)
        os.kill(pid, signal.SIGKILL)
        if is_stored:
            # What the killed one left is on its way, too, and waits for it.
            _backend(REPLAYING)
        else:
            _execute(f"SELECT pg_terminate_backend({committing})")
    finally:
        _execute(f"SELECT pg_advisory_unlock({LOCK})")
    return faults_of_talk(folder, [task_id], states.FAILURE, KILLED)


def _backend(condition: str) -> int:
    """Wait for a connection of the site's in a certain state, and return the server's number of it."""
    statement = f"SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND {condition}"
    return int(wait_until(partial(_execute, statement), WITHIN, condition)[0][0])


def _execute(statement: str) -> Any:
    with connections[current().DATABASE].cursor() as cursor:
        cursor.execute(statement)
        return cursor.fetchall() if cursor.description else []
