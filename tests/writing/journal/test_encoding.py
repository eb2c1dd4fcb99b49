"""Entries as lines of JSON: whatever authors hand over can be written."""

from progress_updater.writing.journal.encoding import decoded, encoded


def test_what_is_no_plain_value_becomes_text() -> None:
    for value in (object(), "\ud800", 2**64):
        (kept,) = decoded(encoded((value,))) or ()
        assert isinstance(kept, str)


def test_a_line_that_was_not_written_to_its_end_is_none() -> None:
    line = encoded((1, "text", None))
    assert decoded(line) == (1, "text", None)
    assert all(decoded(line[:end]) is None for end in range(len(line) - 1))
