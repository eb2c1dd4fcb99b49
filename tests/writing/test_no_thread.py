"""A process that records nothing has no thread, no journal and no connection of ours."""

from tests.writing.programs import run_program


def test_a_web_process_that_sends_no_task_stays_with_one_thread(sqlite_database: str) -> None:
    program = """
import threading
from pathlib import Path
from wsgiref.util import setup_testing_defaults
from django.contrib.auth.models import User
from django.core.management import call_command
from progress_updater.settings import current
from progress_updater.writing import channels
from progress_updater.writing.journal.folder import journal_folder
from project.wsgi import application
from rest_framework.authtoken.models import Token

call_command('migrate', verbosity=0)
token = Token.objects.create(user=User.objects.create_superuser('staff'))

def get(path):
    status = []
    environ = {'PATH_INFO': path, 'HTTP_HOST': 'localhost', 'HTTP_AUTHORIZATION': f'Token {token.key}'}
    setup_testing_defaults(environ)
    body = b''.join(application(environ, lambda line, headers: status.append(line)))
    return status[0], body

def threads():
    return len(list(Path('/proc/self/task').iterdir())), threading.active_count()

assert threads() == (1, 1), threads()
status, body = get('/api/tasklogs/')
assert status == '200 OK', (status, body)
status, body = get('/api/tasklogs/nobody/')
assert status == '404 Not Found', (status, body)
assert threads() == (1, 1), threads()
assert not channels._channels
assert not journal_folder(current()).exists()
assert flush(1)
assert threads() == (1, 1), threads()

TaskUpdater(task_uuid='one').notify('now it records')
assert threads()[0] == 2, threads()
print('all is well')
"""
    printed = run_program(sqlite_database, program)
    assert printed == "all is well\n", printed
