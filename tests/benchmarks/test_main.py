"""What of the benchmarks is measured."""

import pytest

from tests.benchmarks.__main__ import _arguments
from tests.benchmarks.catalogue import COMPARISONS


def test_without_a_name_all_is_measured(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.argv", ["benchmarks"])
    assert _arguments().names == list(COMPARISONS)


def test_a_name_that_is_not_there_is_told_with_those_that_are(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("sys.argv", ["benchmarks", "track", "speed"])
    with pytest.raises(SystemExit):
        _arguments()
    assert "speed: there are notify_and_results," in capsys.readouterr().err
