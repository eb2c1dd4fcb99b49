"""One file of a journal: what is complete is read, what is not is left out."""

import errno
import os
from pathlib import Path
from typing import Any

import pytest

from progress_updater.recording.entries import LINE
from progress_updater.writing.journal.encoding import encoded
from progress_updater.writing.journal.segments import HEADER, SIZE, Segment, read_segment

ENTRIES: list[tuple[Any, ...]] = [
    (LINE, 1, 1, None, 0.25, "info", "first", None, None, "notify", True),
    (LINE, 1, 2, 2**40, -1.5, "warning", "ü\0\n", '{"a":[1]}', "name", "logging", False),
]


@pytest.fixture
def segment(tmp_path: Path) -> Segment:
    made = Segment(tmp_path / "segment")
    for entry in ENTRIES:
        made.write(encoded(entry))
    return made


def test_what_is_written_is_read_while_the_writer_still_has_it_open(segment: Segment) -> None:
    assert list(read_segment(segment.path)) == [(False, entry) for entry in ENTRIES]


def test_entries_before_a_position_are_stored(segment: Segment) -> None:
    segment.note_stored(HEADER + len(encoded(ENTRIES[0])))
    assert [is_stored for is_stored, _ in read_segment(segment.path)] == [True, False]
    segment.note_stored(segment.position)
    assert [is_stored for is_stored, _ in read_segment(segment.path)] == [True, True]


def test_nobody_else_may_read_it(segment: Segment) -> None:
    assert segment.path.stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize("kept", range(len(encoded(ENTRIES[1]))))
def test_a_half_written_entry_at_the_end_is_left_out(tmp_path: Path, kept: int) -> None:
    segment = Segment(tmp_path / "segment")
    segment.write(encoded(ENTRIES[0]))
    segment.write(encoded(ENTRIES[1])[:kept])
    assert [entry for _, entry in read_segment(segment.path)] == ENTRIES[:1]


@pytest.mark.parametrize("place", range(len(encoded(ENTRIES[1]))))
def test_a_byte_that_was_not_written_ends_what_is_read(segment: Segment, place: int) -> None:
    data = bytearray(segment.path.read_bytes())
    data[HEADER + len(encoded(ENTRIES[0])) + place] = 0
    segment.path.write_bytes(data)
    assert [entry for _, entry in read_segment(segment.path)] == ENTRIES[:1]


@pytest.mark.parametrize(
    "content", [b"", b"progress_updater journal 0\n" + bytes(200), bytes(SIZE), b"\xff" * 99]
)
def test_a_file_of_another_kind_has_no_entries(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "segment"
    path.write_bytes(content)
    assert list(read_segment(path)) == []


def test_it_never_grows(segment: Segment) -> None:
    data = bytes(SIZE // 4)
    for _ in range(3):
        segment.write(data)
    before = segment.position
    with pytest.raises(ValueError, match="out of range"):
        segment.write(data)
    assert segment.position == before
    assert segment.path.stat().st_size == SIZE


def test_a_full_disk_leaves_no_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: Any) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "posix_fallocate", full)
    with pytest.raises(OSError, match="No space left"):
        Segment(tmp_path / "segment")
    assert list(tmp_path.iterdir()) == []


def test_where_the_system_cannot_reserve_a_place_it_is_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delattr(os, "posix_fallocate")
    segment = Segment(tmp_path / "segment")
    assert segment.path.stat().st_blocks * 512 >= SIZE
