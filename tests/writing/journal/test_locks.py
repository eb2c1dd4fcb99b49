"""The lock of a journal: held as long as its process lives, whatever that does."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from progress_updater.writing.journal.locks import Lock, alone

TRY = """
import sys
from pathlib import Path
from progress_updater.writing.journal.locks import Lock
try:
    Lock(Path(sys.argv[1]))
except OSError:
    print("held", end="")
else:
    print("free", end="")
"""


def _seen_by_another(journal: Path) -> str:
    command = [sys.executable, "-c", TRY, str(journal)]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout


def test_another_process_sees_who_lives(tmp_path: Path) -> None:
    lock = Lock(tmp_path / "1-abc")
    assert _seen_by_another(tmp_path / "1-abc") == "held"
    lock.release()
    assert _seen_by_another(tmp_path / "1-abc") == "free"


def test_a_forked_child_that_lives_longer_does_not_hold_it(tmp_path: Path) -> None:
    reading, writing = os.pipe()
    owner = os.fork()
    if owner == 0:
        Lock(tmp_path / "1-abc")
        if os.fork() == 0:
            os.close(writing)
            os.read(reading, 1)
        os._exit(0)
    os.waitpid(owner, 0)
    assert _seen_by_another(tmp_path / "1-abc") == "free"
    os.close(writing)
    os.close(reading)


def test_a_forked_child_that_closes_it_leaves_it_to_its_parent(tmp_path: Path) -> None:
    lock = Lock(tmp_path / "1-abc")
    child = os.fork()
    if child == 0:
        lock.release()
        os._exit(0)
    os.waitpid(child, 0)
    assert _seen_by_another(tmp_path / "1-abc") == "held"
    lock.release()


def test_a_new_lock_is_held_when_others_see_it_first(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    seen = []
    rename = Path.rename

    def look(self: Path, target: Path) -> Path:
        seen.append(([path.name for path in tmp_path.glob("[0-9]*.lock")], rename(self, target)))
        return target

    monkeypatch.setattr(Path, "rename", look)
    Lock.made(tmp_path / "1-abc")
    assert seen == [([], tmp_path / "1-abc.lock")]
    assert _seen_by_another(tmp_path / "1-abc") == "held"


def test_what_is_removed_leaves_no_file(tmp_path: Path) -> None:
    Lock.made(tmp_path / "1-abc").remove()
    assert list(tmp_path.iterdir()) == []


def test_where_no_file_can_be_made_there_is_no_lock(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        Lock(tmp_path / "nowhere" / "1-abc")


ALONE = """
import sys
from pathlib import Path
from progress_updater.writing.journal.locks import alone
with alone(Path(sys.argv[1])) as is_alone:
    print("free" if is_alone else "held", end="")
"""


def test_one_thread_of_all_processes_is_alone(tmp_path: Path) -> None:
    command = [sys.executable, "-c", ALONE, str(tmp_path / "recovering")]

    def seen_by_another() -> str:
        return subprocess.run(command, capture_output=True, text=True, check=True).stdout

    with alone(tmp_path / "recovering") as first, alone(tmp_path / "recovering") as second:
        assert (first, second) == (True, False)
        assert seen_by_another() == "held"
    assert seen_by_another() == "free"
    with alone(tmp_path / "recovering") as again:
        assert again


def test_a_child_that_was_forked_meanwhile_is_not_alone_and_later_is(tmp_path: Path) -> None:
    with alone(tmp_path / "recovering"):
        assert _child_is_alone(tmp_path) == 0
    assert _child_is_alone(tmp_path) == 1


def _child_is_alone(folder: Path) -> int:
    child = os.fork()
    if child == 0:
        with alone(folder / "recovering") as is_alone:
            os._exit(int(is_alone))
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
