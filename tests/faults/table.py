"""The table of faults: what goes wrong, what the record shows then, and what the log says."""

import re
import sys
from typing import Final

from progress_updater.writing.journal.segments import SIZE
from tests.faults import database_faults as database
from tests.faults import journal_faults as journal
from tests.faults import process_faults as process
from tests.faults import sayings
from tests.faults.fault import COMPLETE, JOURNAL, ROW, STORE, Fault

POSTGRES: Final = "postgres"
NO_TEXT: Final = "<Unprintable: its text could not be made>"
NO_JOURNAL: Final = {"JOURNAL_DIR": None}
_MISSING: Final = re.compile(r"([\d,]+) lines? (?:is|are) missing here: there was no memory left for them")


def shows(*lines: str) -> list[str]:
    """Return a complete record with further lines."""
    return [*COMPLETE[:2], *lines, COMPLETE[2]]


def _data(data: str) -> list[str]:
    return shows(f"data {data}")


def _long_lines_counted(lines: list[str]) -> list[str]:
    """Put one line, with their number, in the place of the long ones and of the gaps.

    How many gaps there are tells how often the writer has tried meanwhile.
    """
    long = [line for line in lines if line.startswith("xxx")]
    missing = _missing_in(lines)
    rest = [line for line in lines if line not in long and not _MISSING.fullmatch(line)]
    counted = f"{len(long) + missing} kept or missing, with a gap: {missing > 0}"
    return [*rest, counted, f"{len(long) > 3_000}"]


def _missing_in(lines: list[str]) -> int:
    gaps = [match for line in lines if (match := _MISSING.fullmatch(line))]
    return sum(int(match[1].replace(",", "")) for match in gaps)


def _missing_first(lines: list[str]) -> list[str]:
    """Put how many lines are missing in all in the place of the gaps."""
    return [f"{_missing_in(lines)} missing", *(line for line in lines if not _MISSING.fullmatch(line))]


FAULTS: Final = [
    # ---------------------------------------------------------------- journal
    Fault(name="a file stands in the journal's place", inject=journal.a_file_in_its_place, warns=(JOURNAL,)),
    Fault(name="the journal's folder is read-only", inject=journal.read_only, warns=(JOURNAL,)),
    Fault(name="the journal's disk is full", inject=journal.disk_full, warns=(JOURNAL,)),
    Fault(name="files may not be as large", inject=journal.small_files_only, warns=(JOURNAL,)),
    Fault(
        name="no file can be opened",
        inject=journal.no_open_files_left,
        # From Python 3.12 on pathlib passes over a folder of journals that it cannot list.
        warns=(JOURNAL, STORE, STORE) if sys.version_info < (3, 12) else (JOURNAL, STORE),
    ),
    Fault(name="no memory to map a file", inject=journal.no_memory_to_map, warns=(JOURNAL,)),
    Fault(
        name="the journal's files are removed",
        inject=journal.files_removed,
        in_midst=True,
        warns=(JOURNAL,),
    ),
    Fault(name="the journal's lock is removed", inject=journal.lock_removed, in_midst=True, warns=(JOURNAL,)),
    Fault(
        name="JOURNAL_SIZE is reached",
        inject=database.locked,
        in_midst=True,
        says=sayings.many_long_lines,
        settings={"JOURNAL_SIZE": SIZE},
        reads=lambda lines: [line.rstrip("x ") for line in lines],
        shows=shows(*map(str, range(150))),
        warns=(JOURNAL, STORE),
    ),
    # ---------------------------------------------------------------- encode
    Fault(
        name="a text that cannot be printed", says=sayings.says(sayings.Unprintable()), shows=shows(NO_TEXT)
    ),
    Fault(
        name="a text without end",
        says=sayings.says(sayings.Endless()),
        shows=shows("<Endless: its text could not be made>"),
    ),
    Fault(
        name="a step's name that cannot be printed",
        says=sayings.opens_a_step(sayings.Unprintable()),
        shows=shows("inside"),
    ),
    Fault(name="an error that cannot be printed", says=sayings.suppresses_an_error),
    Fault(
        name="a huge text",
        says=sayings.says("x" * 20_000_000),
        shows=shows("x" * 10_000 + "… (cut: 20,000,000 characters)"),
    ),
    Fault(name="lone surrogates", says=sayings.says("a\ud800b"), shows=shows("a\ufffdb")),
    Fault(name="NUL characters", says=sayings.says("a\x00b"), shows=shows("a\ufffdb")),
    Fault(
        name="data that cannot be printed",
        says=sayings.says("data", data={"it": sayings.Unprintable()}),
        shows=_data(f"{{'it': '{NO_TEXT}'}}"),
    ),
    Fault(
        name="data inside itself",
        says=sayings.says("data", data=sayings.in_itself()),
        shows=_data(f"{'[' * 20}'…'{']' * 20}"),
    ),
    Fault(
        name="data that is no JSON",
        says=sayings.says("data", data={"it": {1}, "of": object}),
        shows=_data("{'it': '{1}', 'of': \"<class 'object'>\"}"),
    ),
    Fault(
        name="data beyond 64 bits",
        says=sayings.says("data", data={"it": 2**70}),
        shows=_data(f"{{'it': '{2**70}'}}"),
    ),
    Fault(
        name="data that is no number",
        says=sayings.says("data", data=sayings.NOT_FINITE),
        shows=_data("{'nan': None, 'infinity': None}"),
    ),
    Fault(
        name="data with NUL and lone surrogates",
        says=sayings.says("data", data={"a\x00": "b\ud800"}),
        shows=_data("{'a\ufffd': 'b\ufffd'}"),
    ),
    # ---------------------------------------------------------------- buffer
    Fault(
        name="no memory is left, without a journal",
        inject=database.locked_until_all_is_stored,
        in_midst=True,
        says=sayings.more_than_memory_holds,
        settings=NO_JOURNAL,
        reads=_long_lines_counted,
        shows=[*COMPLETE, "3500 kept or missing, with a gap: True", "True"],
        warns=(STORE,),
    ),
    Fault(
        name="MemoryError while a line is kept",
        inject=process.no_memory_for_lines,
        reads=_missing_first,
        shows=["2 missing", COMPLETE[2]],
        warns=("record a message",),
    ),
    Fault(name="MemoryError while a run is collected", inject=process.no_memory_to_collect, warns=(STORE,)),
    Fault(
        name="MemoryError while a run is collected, without a journal",
        inject=process.no_memory_to_collect,
        settings=NO_JOURNAL,
        warns=(STORE,),
    ),
    # ---------------------------------------------------------------- flush
    Fault(
        name="the database refuses a line",
        inject=database.refuses_a_line,
        says=sayings.says("poison"),
        shows=shows("1 line is missing here: the database refused it"),
        warns=(ROW,),
    ),
    Fault(name="the database is locked", inject=database.locked, warns=(STORE,)),
    *(
        Fault(
            name=f"the driver raises {type(error).__name__}",
            inject=database.driver_raises(error),
            warns=(STORE,),
        )
        for error in (
            ValueError("?"),
            MemoryError(),
            RecursionError("?"),
            OSError("?"),
            SystemExit(3),
            KeyboardInterrupt(),
        )
    ),
    # ---------------------------------------------------------------- connection
    Fault(name="the database's folder is away", inject=database.folder_moved, warns=(STORE,)),
    Fault(name="a commit fails", inject=database.commit_undone, warns=(STORE,)),
    Fault(name="a commit fails after it was done", inject=database.commit_done, warns=(STORE,)),
    Fault(
        name="the server refuses connections",
        inject=database.connections_refused,
        warns=(STORE,),
        url=POSTGRES,
    ),
    Fault(
        name="the connection is lost",
        inject=database.connection_lost,
        in_midst=True,
        warns=(STORE,),
        url=POSTGRES,
    ),
    Fault(name="the server is read-only", inject=database.read_only, warns=(STORE,), url=POSTGRES),
    Fault(name="a table is missing", inject=database.table_missing, warns=(STORE,), url=POSTGRES),
    Fault(
        name="a server's commit fails after it was done",
        inject=database.commit_done,
        warns=(STORE,),
        url=POSTGRES,
    ),
    # ---------------------------------------------------------------- thread start
    Fault(name="no thread can be started", inject=process.no_thread, warns=("start the thread",)),
    # ---------------------------------------------------------------- clock
    Fault(name="the clock goes back an hour", inject=process.clock_jumps(-3_600), in_midst=True),
    Fault(name="the clock goes forward an hour", inject=process.clock_jumps(3_600), in_midst=True),
]
