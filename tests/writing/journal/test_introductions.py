"""Introductions: the runs that other files are about stay known, those that have ended go."""

import gc
from collections.abc import Callable
from pathlib import Path

import pytest

from progress_updater import states
from progress_updater.recording.entries import LINE, RUN, run_entry
from progress_updater.recording.recorder import Recorder
from progress_updater.writing.journal.introductions import Introductions
from progress_updater.writing.journal.journal import Journal
from progress_updater.writing.journal.segments import SIZE, read_kind
from tests.writing.changes import Channel, a_recorder


class Way(Channel):
    """A channel with a journal."""

    def __init__(self, journal: Journal) -> None:
        self.keep = journal.keep  # type: ignore[assignment]


@pytest.fixture
def recorder(journal: Journal) -> Recorder:
    begun = a_recorder(channel=Way(journal))
    begun.announce()
    return begun


def _known(folder: Path) -> list[str]:
    return [entry[2] for path in sorted(folder.glob("*.journal")) for entry in read_kind(path, RUN)]


def _go_on(journal: Journal) -> None:
    """Begin another file, and forget those before it."""
    before = len(journal.segments)
    while len(journal.segments) == before:
        journal.keep((LINE, 0, 1, None, 0.0, "info", "x" * 100_000, None, None, "notify", True))
    journal.forget(journal.mark())


def test_a_run_is_known_once_after_the_file_that_named_it_has_gone(
    journal: Journal, folder: Path, recorder: Recorder
) -> None:
    for _ in range(3):
        _go_on(journal)
        assert _known(folder) == [recorder.run]
        assert len(list(folder.glob("*.journal"))) == 2


def test_a_run_whose_end_is_stored_is_forgotten(journal: Journal, folder: Path, recorder: Recorder) -> None:
    _go_on(journal)
    recorder.finish(states.SUCCESS)
    assert _known(folder) == [recorder.run]
    _go_on(journal)
    assert _known(folder) == []
    assert len(list(folder.glob("*.journal"))) == 1


def test_a_run_that_never_ended_goes_after_the_files_that_may_be_about_it(
    journal: Journal, folder: Path
) -> None:
    recorder = a_recorder(channel=Way(journal))
    journal.keep(run_entry(recorder))
    run = recorder.run
    del recorder
    gc.collect()
    _go_on(journal)
    assert _known(folder) == [run]
    _go_on(journal)
    assert _known(folder) == []


def test_files_stay_while_what_they_say_of_runs_cannot_be_taken_over(
    journal: Journal,
    folder: Path,
    recorder: Recorder,
    failures: None,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def touch(self: Path, *_: object, **__: object) -> None:
        raise OSError("no space")

    with monkeypatch.context() as patch:
        patch.setattr(Path, "touch", touch)
        _go_on(journal)
    assert len(journal.segments) == 2
    assert _known(folder) == [recorder.run]
    journal.forget(journal.mark())
    assert len(journal.segments) == 1
    assert _known(folder) == [recorder.run]


def test_runs_that_began_while_the_journal_was_off_are_known_when_it_is_on_again(
    make_journal: Callable[..., Journal], folder: Path, failures: None
) -> None:
    journal = make_journal(limit=SIZE)
    while not journal.is_off:
        journal.keep((LINE, 0, 1, None, 0.0, "info", "x" * 300_000, None, None, "notify", True))
    recorder = a_recorder(channel=Way(journal))
    recorder.announce()
    assert recorder.run not in _known(folder)
    journal.forget(journal.mark())
    assert recorder.run in _known(folder)


def test_the_old_file_goes_after_the_new_one_is_there(
    tmp_path: Path, journal: Journal, recorder: Recorder, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = a_recorder(channel=Way(journal))
    introductions = Introductions()
    introductions.take_over(tmp_path / "journal", journal.segments, [])
    before = introductions.path
    other.announce()
    introductions.take_over(tmp_path / "journal", journal.segments, [])
    assert before is not None
    assert introductions.path is not None
    assert introductions.path > before
    assert not before.exists()
    assert {entry[2] for entry in read_kind(introductions.path, RUN)} == {recorder.run, other.run}
