"""What goes wrong with the files of the journal."""

import errno
import mmap
import os
import resource
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from tests.databases import execute
from tests.faults.fault import Place


@contextmanager
def a_file_in_its_place(place: Place) -> Iterator[None]:
    place.journals.parent.write_text("not a folder")
    yield
    place.journals.parent.unlink()


@contextmanager
def read_only(place: Place) -> Iterator[None]:
    def opened(path: Any, *args: Any, **options: Any) -> int:
        if str(path).startswith(str(place.journals)):
            raise OSError(errno.EROFS, os.strerror(errno.EROFS))
        return really_open(path, *args, **options)

    really_open = os.open
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(os, "open", opened)
        yield


def _full(*_: object) -> None:
    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


@contextmanager
def disk_full(place: Place) -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(os, "posix_fallocate", _full)
        yield


@contextmanager
def no_memory_to_map(place: Place) -> Iterator[None]:
    def fails(*_: object, **__: object) -> None:
        raise OSError(errno.ENOMEM, os.strerror(errno.ENOMEM))

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(mmap, "mmap", fails)
        yield


@contextmanager
def _limited(what: int, most: int) -> Iterator[None]:
    before = resource.getrlimit(what)
    resource.setrlimit(what, (most, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(what, before)


@contextmanager
def small_files_only(place: Place) -> Iterator[None]:
    # The database has a journal too, which earlier tests have made longer than that.
    execute(place.alias, "PRAGMA wal_checkpoint(TRUNCATE)")
    with _limited(resource.RLIMIT_FSIZE, 1024 * 1024 - 1):
        yield


@contextmanager
def no_open_files_left(place: Place) -> Iterator[None]:
    with _limited(resource.RLIMIT_NOFILE, 3):
        yield


@contextmanager
def files_removed(place: Place) -> Iterator[None]:
    for path in place.journals.iterdir():
        path.unlink()
    yield


@contextmanager
def lock_removed(place: Place) -> Iterator[None]:
    for path in place.journals.glob("*-*.lock"):
        path.unlink()
    yield
