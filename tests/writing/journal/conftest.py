"""A journal in a folder of the test, and a process that can be killed."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from progress_updater.writing.journal.journal import Journal
from progress_updater.writing.journal.segments import SIZE


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Where journals are."""
    return tmp_path / "parent" / "journals"


@pytest.fixture
def make_journal(folder: Path) -> Iterator[Callable[..., Journal]]:
    """Return a function that makes journals, which are closed in the end."""
    made: list[Journal] = []

    def make(limit: int = 8 * SIZE) -> Journal:
        made.append(Journal(folder, limit))
        return made[-1]

    yield make
    for journal in made:
        journal.close()


@pytest.fixture
def journal(make_journal: Callable[..., Journal]) -> Journal:
    """A journal with room for 8 files."""
    return make_journal()
