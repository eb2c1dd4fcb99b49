"""A way that stands in for the one of the settings."""

from contextvars import copy_context
from threading import Thread
from typing import Any

from progress_updater.writing.channels import channel, flush
from progress_updater.writing.direct import DirectWriter
from progress_updater.writing.diversion import diverted_to, diverted_way, diverted_ways
from tests.writing.changes import a_recorder
from tests.writing.counting import CountingSink


def _way() -> DirectWriter:
    return DirectWriter(CountingSink())


def _in_thread(function: Any) -> Any:
    found: list[Any] = []
    thread = Thread(target=lambda: found.append(function()))
    thread.start()
    thread.join()
    return found[0]


def test_without_a_block_the_settings_decide() -> None:
    assert diverted_way() is None
    assert diverted_ways() == []
    assert channel() is channel()


def test_the_innermost_block_decides() -> None:
    outer, inner = _way(), _way()
    before = channel()
    with diverted_to(outer):
        with diverted_to(inner):
            assert channel() is inner
        assert channel() is outer
    assert channel() is before


def test_a_thread_without_a_block_has_the_one_that_was_opened_last() -> None:
    outer, inner, own = _way(), _way(), _way()

    def in_its_own() -> Any:
        with diverted_to(own):
            return channel()

    with diverted_to(outer), diverted_to(inner):
        assert _in_thread(channel) is inner
        assert _in_thread(in_its_own) is own
        assert channel() is inner


def test_a_context_that_was_copied_inside_a_block_outlives_it_without_effect() -> None:
    outer, inner = _way(), _way()
    with diverted_to(outer):
        with diverted_to(inner):
            context = copy_context()
            assert context.run(channel) is inner
        assert context.run(channel) is outer
    assert context.run(diverted_way) is None


def test_flush_stores_what_waits_in_a_block() -> None:
    sink = CountingSink()
    with diverted_to(DirectWriter(sink)):
        recorder = a_recorder(channel=channel())
        recorder.announce()
        recorder.say(recorder.root, "one")
        assert flush()
    assert sink.texts == ["one"]
