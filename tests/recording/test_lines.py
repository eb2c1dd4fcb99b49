"""Lines: in order, replaced by name, bounded, and counted where they are lost."""

import json
from collections.abc import Callable
from threading import Barrier, Thread

import pytest

from progress_updater.recording.entries import LINE
from progress_updater.recording.lines import LINE_COST, NOTIFY, Line, Lines, cost_of, gap_line, steps_gap_line
from progress_updater.writing.direct import DirectWriter


class Source:
    """The run whose lines they are."""

    key = 7
    held = 0
    is_counting = False

    def collect(self) -> None: ...
    def stored(self, change: object) -> None: ...
    def take_back(self, entries: object) -> None: ...
    def wait_in(self, waiting: object) -> None: ...


def a_line(n: int, text: str = "x", *, replace: str | None = None, data: str | None = None) -> Line:
    return Line(
        n=n, step=1, at=0.0, level="info", text=text, data=data, replace=replace, source=NOTIFY, public=True
    )


@pytest.fixture
def lines(way: DirectWriter) -> Lines:
    return Lines(way, Source())


def _drained(lines: Lines) -> list[Line]:
    drained: list[Line] = []
    lines.drain(drained)
    return sorted(drained)


def _texts(lines: Lines) -> list[str]:
    return [line.text for line in _drained(lines)]


def test_lines_come_out_once(lines: Lines) -> None:
    for n in (1, 2, 3):
        lines.add((LINE, 7, *a_line(n, str(n))))
    assert lines.waiting
    assert _texts(lines) == ["1", "2", "3"]
    assert not lines.waiting
    assert _texts(lines) == []


def test_a_line_takes_the_place_of_the_one_of_its_name(lines: Lines) -> None:
    lines.add((LINE, 7, *a_line(1, "10 %", replace="upload")))
    lines.add((LINE, 7, *a_line(2, "other")))
    lines.add((LINE, 7, *a_line(3, "20 %", replace="upload")))
    assert lines.waiting
    assert _texts(lines) == ["other", "20 %"]


def test_a_line_costs_its_text_and_its_data(way: DirectWriter, lines: Lines) -> None:
    before = way.free
    lines.add((LINE, 7, *a_line(1, "abc", data="[1]")))
    assert (
        before - way.free
        == cost_of(a_line(1, "abc", data="[1]"))
        == LINE_COST + "abc".__sizeof__() + "[1]".__sizeof__()
    )


def test_a_line_that_replaces_one_that_waits_costs_only_the_difference(
    way: DirectWriter, lines: Lines
) -> None:
    before = way.free
    lines.add((LINE, 7, *a_line(1, "a", replace="upload")))
    lines.add((LINE, 7, *a_line(2, "abc", replace="upload")))
    (kept,) = _drained(lines)
    assert before - way.free == cost_of(kept)


def test_lines_without_memory_become_a_gap_in_their_place(way: DirectWriter, lines: Lines) -> None:
    lines.add((LINE, 7, *a_line(1, "first")))
    way.free = 0
    for n in (2, 3, 4):
        lines.add((LINE, 7, *a_line(n)))
    assert lines.waiting
    way.free = 10_000
    lines.add((LINE, 7, *a_line(5, "last")))
    first, gap, last = _drained(lines)
    assert (first.text, last.text) == ("first", "last")
    assert (gap.n, gap.source, gap.level, gap.public) == (2, "gap", "warning", True)
    assert gap.text == "3 lines are missing here: there was no memory left for them"
    assert json.loads(gap.data or "") == {"count": 3}
    assert not lines.waiting


def test_without_memory_a_line_may_still_replace_one_that_waits(way: DirectWriter, lines: Lines) -> None:
    lines.add((LINE, 7, *a_line(1, "10 %", replace="upload")))
    way.free = 0
    lines.add((LINE, 7, *a_line(2, "20 %", replace="upload")))
    assert _texts(lines) == ["20 %"]


def test_one_lost_line_is_one(lines: Lines) -> None:
    assert gap_line(a_line(1), 1, "so").text == "1 line is missing here: so"
    assert gap_line(a_line(1), 1_000, "so").text == "1,000 lines are missing here: so"


def test_a_gap_replaces_nothing_and_costs_nothing() -> None:
    gap = gap_line(a_line(1, replace="upload"), 2, "so")
    assert gap.replace is None
    assert cost_of(gap) == 0


def test_steps_that_are_not_kept_are_counted_by_one_line_a_step() -> None:
    gap = steps_gap_line(9, 4, 1_200)
    assert (gap.n, gap.step, gap.source, gap.public) == (9, 4, "gap", True)
    assert gap.text.startswith("1,200 more steps are not kept")
    assert json.loads(gap.data or "") == {"count": 1_200}
    assert gap.replace == steps_gap_line(10, 4, 1_300).replace != steps_gap_line(11, 5, 1).replace


def _in_threads(run: Callable[[int], object], count: int = 8) -> None:
    barrier = Barrier(count)

    def begin(number: int) -> None:
        barrier.wait()
        run(number)

    threads = [Thread(target=begin, args=(number,)) for number in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def test_eight_threads_lose_no_line_and_the_memory_is_counted_exactly(
    way: DirectWriter, lines: Lines
) -> None:
    before = way.free

    def add(number: int) -> None:
        for n in range(2_000):
            lines.add((LINE, 7, *a_line(n * 8 + number)))

    _in_threads(add)
    drained = _drained(lines)
    assert [line.n for line in drained] == list(range(16_000))
    assert before - way.free == sum(map(cost_of, drained))


def test_what_eight_threads_lose_is_counted_exactly(way: DirectWriter, lines: Lines) -> None:
    way.free = 0
    drained: list[Line] = []

    def add_and_drain(number: int) -> None:
        for n in range(2_000):
            lines.add((LINE, 7, *a_line(n * 8 + number)))
            if number == 0 and n % 100 == 0:
                lines.drain(drained)

    _in_threads(add_and_drain)
    lines.drain(drained)
    assert {line.source for line in drained} == {"gap"}
    assert sum(json.loads(line.data or "")["count"] for line in drained) == 16_000
