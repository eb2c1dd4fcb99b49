"""The journal of a process: nothing goes before it is stored, and nothing stays after."""

import errno
import fcntl
import os
import signal
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from threading import Barrier
from typing import Any

import pytest

from progress_updater.recording.entries import LINE
from progress_updater.recording.guard import guard
from progress_updater.writing.journal.journal import OWN, Journal
from progress_updater.writing.journal.locks import Lock
from progress_updater.writing.journal.segments import SIZE, read_segment


def _entry(number: int, text: object = "") -> tuple[Any, ...]:
    return (LINE, 1, number, None, 0.0, "info", text, None, None, "notify", True)


def _unstored(folder: Path) -> list[int]:
    paths = sorted(folder.glob("*.journal"))
    return [entry[2] for path in paths for is_stored, entry in read_segment(path) if not is_stored]


def _files(folder: Path) -> list[str]:
    return sorted(path.suffix for path in folder.iterdir())


def test_without_an_entry_there_is_no_file(journal: Journal, folder: Path) -> None:
    assert journal.mark() is None
    journal.forget(None)
    assert not folder.exists()


def test_an_entry_is_there_when_the_call_returns(journal: Journal, folder: Path) -> None:
    for number in range(3):
        journal.keep(_entry(number))
        assert _unstored(folder) == list(range(number + 1))


def test_what_authors_hand_over_may_be_of_any_class(journal: Journal, folder: Path) -> None:
    class Text(str):
        __slots__ = ()

    journal.keep(_entry(1, Text("shouted")))
    journal.keep(_entry(2, object))
    (path,) = folder.glob("*.journal")
    assert [entry[6] for _, entry in read_segment(path)] == ["shouted", "<class 'object'>"]


def test_threads_that_begin_at_the_same_moment_write_into_one_journal(
    journal: Journal, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made, both = Lock.made, Barrier(2)

    def made_at_once(path: Path) -> Lock:
        both.wait(10)
        return made(path)

    monkeypatch.setattr(Lock, "made", made_at_once)
    with ThreadPoolExecutor(2) as pool:
        list(pool.map(journal.keep, [_entry(1), _entry(2)]))
    assert sorted(_unstored(folder)) == [1, 2]
    (lock,) = folder.glob("*.lock")
    assert {path.name.split(".")[0] for path in folder.iterdir()} == {lock.stem}


def test_what_was_written_before_a_mark_is_forgotten(journal: Journal, folder: Path) -> None:
    journal.keep(_entry(1))
    mark = journal.mark()
    journal.keep(_entry(2))
    journal.forget(mark)
    assert _unstored(folder) == [2]


def test_more_than_a_file_holds_goes_into_the_next_and_old_files_go_once_stored(
    journal: Journal, folder: Path
) -> None:
    text = "x" * (SIZE // 10)
    for number in range(25):
        journal.keep(_entry(number, text))
    assert _unstored(folder) == list(range(25))
    assert _files(folder) == [".journal"] * 3 + [".lock"]
    mark = journal.mark()
    journal.keep(_entry(25))
    journal.forget(mark)
    assert _unstored(folder) == [25]
    assert _files(folder) == [".journal", ".lock"]


def test_a_process_that_ends_well_leaves_nothing(journal: Journal, folder: Path) -> None:
    journal.keep(_entry(1))
    journal.close()
    assert _files(folder) == []


def test_beyond_its_size_it_is_off_until_there_is_room_again(
    make_journal: Callable[..., Journal], folder: Path, failures: None, caplog: pytest.LogCaptureFixture
) -> None:
    journal = make_journal(limit=2 * SIZE)
    text = "x" * (SIZE // 2)
    for number in range(6):
        journal.keep(_entry(number, text))
    assert _unstored(folder) == [0, 1]
    assert [record.message for record in caplog.records if "JOURNAL_SIZE" in record.message] != []
    journal.forget(None)
    journal.keep(_entry(7))
    assert _unstored(folder) == [0, 1]
    journal.forget(journal.mark())
    journal.keep(_entry(8))
    assert _unstored(folder) == [8]


def test_a_journal_that_became_full_in_the_midst_of_a_flush_has_room_after_the_next_one(
    make_journal: Callable[..., Journal], folder: Path, failures: None
) -> None:
    journal = make_journal(limit=SIZE)
    journal.keep(_entry(0))
    mark = journal.mark()
    for number in range(1, 4):
        journal.keep(_entry(number, "x" * (SIZE // 2)))
    assert journal.is_off
    journal.forget(mark)
    journal.forget(journal.mark())
    journal.keep(_entry(4))
    assert _unstored(folder) == [4]


def test_a_folder_that_cannot_be_made_switches_it_off_with_one_warning(
    tmp_path: Path, failures: None, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "file").touch()
    journal = Journal(tmp_path / "file" / "parent" / "journals", SIZE)
    before = guard.failures
    for number in range(3):
        journal.keep(_entry(number))
    assert guard.failures == before + 1
    assert "write the journal" in caplog.text


def _opened(folder: Path) -> list[str]:
    """List what this process has open in a folder, also of files that are gone."""
    found = []
    for descriptor in Path("/proc/self/fd").iterdir():
        with suppress(OSError):
            found.append(str(descriptor.readlink()))
    return [path for path in found if path.startswith(str(folder))]


def test_where_files_cannot_be_locked_none_are_left_however_often_it_is_tried(
    journal: Journal, folder: Path, failures: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> None:
        raise OSError(errno.ENOLCK, os.strerror(errno.ENOLCK))

    known = OWN.copy()
    with monkeypatch.context() as context:
        context.setattr(fcntl, "lockf", refuse)
        for number in range(3):
            journal.keep(_entry(number))
            assert journal.is_off
            journal.forget(journal.mark())
    assert _files(folder) == []
    assert known == OWN
    assert _opened(folder) == []


def test_a_lock_that_cannot_take_its_name_leaves_nothing(
    journal: Journal, folder: Path, failures: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    known = OWN.copy()
    with monkeypatch.context() as context:
        context.setattr(Path, "rename", refuse)
        journal.keep(_entry(1))
    assert _files(folder) == []
    assert known == OWN
    assert _opened(folder) == []


def test_threads_that_fill_a_file_at_the_same_moment_lose_nothing(journal: Journal, folder: Path) -> None:
    text = "x" * 20_000

    def write(thread: int) -> None:
        for number in range(40):
            journal.keep(_entry(100 * thread + number, text))

    with ThreadPoolExecutor(6) as pool:
        list(pool.map(write, range(6)))
    assert sorted(_unstored(folder)) == [100 * thread + number for thread in range(6) for number in range(40)]
    mark = journal.mark()
    journal.keep(_entry(999))
    journal.forget(mark)
    assert _unstored(folder) == [999]


def test_a_killed_process_leaves_what_it_wrote(folder: Path) -> None:
    child = os.fork()
    if child == 0:
        journal = Journal(folder, SIZE)
        for number in range(5):
            journal.keep(_entry(number))
        os.kill(os.getpid(), signal.SIGKILL)
    os.waitpid(child, 0)
    assert _unstored(folder) == list(range(5))


def test_a_forked_child_has_a_journal_of_its_own(journal: Journal, folder: Path) -> None:
    journal.keep(_entry(1))
    child = os.fork()
    if child == 0:
        journal.begin_anew()
        journal.keep(_entry(2))
        os._exit(0)
    os.waitpid(child, 0)
    journal.keep(_entry(3))
    assert sorted(_unstored(folder)) == [1, 2, 3]
    assert _files(folder) == [".journal", ".journal", ".lock", ".lock"]
