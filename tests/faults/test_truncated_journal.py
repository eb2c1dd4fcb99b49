"""What nobody can outlive: a journal that somebody cuts off while its process writes it."""

from progress_updater.models import Message, TaskLog
from tests.writing.programs import run_program


def test_a_journal_that_is_truncated_kills_its_process_and_what_was_stored_stays(
    sqlite_database: str,
) -> None:
    program = """
from progress_updater.settings import current
from progress_updater.writing.journal.folder import journal_folder

child = os.fork()
if not child:
    updater = TaskUpdater(task_uuid='cut')
    updater.notify('stored')
    assert flush(60)
    (journal,) = journal_folder(current()).glob(f'{os.getpid()}-*.journal')
    os.truncate(journal, 0)
    updater.notify('never written')
    os._exit(0)
print('it ended with', os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
TaskUpdater(task_uuid='after').notify('recording goes on')
assert flush(60)
"""
    assert run_program(sqlite_database, program) == "it ended with -7\n"
    assert TaskLog.objects.get(task_uuid="cut").end is None
    assert set(Message.objects.values_list("text", flat=True)) == {"stored", "recording goes on"}
