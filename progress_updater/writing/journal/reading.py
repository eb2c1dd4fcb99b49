"""Read a journal: what it says of each run, a few files at a time."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Final

from progress_updater.recording.changes import Identity
from progress_updater.recording.entries import RUN, Entry
from progress_updater.recording.process import ProcessIdentity
from progress_updater.writing.journal.journaled_run import JournaledRun
from progress_updater.writing.journal.segments import read_kind, read_segment

PORTION: Final = 8  # files that are read at a time: a journal may be larger than memory for lines


def read_journal(segments: Sequence[Path]) -> Iterator[list[JournaledRun]]:
    """Put together what the files of a process say, a few files at a time.

    Args:
        segments: the files, the oldest first.

    Yields:
        The runs in the order of their beginning, with what is said of them in the next files. They are the
        same objects each time.
    """
    # The files say again which runs go on; what is said of a run may come before that.
    introductions = [entry for path in segments for entry in read_kind(path, RUN)]
    runs = {entry[1]: _run(entry) for entry in introductions}
    for first in range(0, len(segments), PORTION):
        for path in segments[first : first + PORTION]:
            for is_stored, entry in read_segment(path):
                if entry[1] in runs:
                    runs[entry[1]].take(entry, is_stored=is_stored)
        yield list(runs.values())
        for run in runs.values():
            run.begin_portion()


def _run(entry: Entry) -> JournaledRun:
    _, _, run, task_uuid, epoch, started, retries, redelivered, worker, leads, process, identity = entry
    return JournaledRun(
        run=run,
        task_uuid=task_uuid,
        epoch=epoch,
        started=started,
        retries=retries,
        redelivered=redelivered,
        worker=worker,
        leads=leads,
        process=None if process is None else ProcessIdentity(*process),
        identity=_identity(identity),
    )


def _identity(values: list[Any]) -> Identity:
    identity = Identity._make(values)
    return identity._replace(tags=tuple(identity.tags), parameters=tuple(identity.parameters))
