"""The record of lines that replace each other."""

from collections.abc import Callable

import pytest

from tests.programs.conftest import Ran
from tests.programs.upload import upload

pytestmark = pytest.mark.django_db(transaction=True, databases="__all__")


def test_of_each_file_the_last_line_is_left(run: Callable[..., Ran]) -> None:
    ran = run(upload, {"a.zip": range(0, 101, 5), "b.zip": [10, 60]})
    assert ran.texts == ["a.zip: 100 %", "b.zip: 60 %", "All files are there"]
    assert [line["replace"] for line in ran.record["messages"]] == ["a.zip", "b.zip", None]
    assert ran.record["messages"][1]["data"] == {"file": "b.zip", "percent": 60}
    assert [step["progress"]["percent"] for step in ran.record["steps"]] == [100, 60]
    assert ran.record["progress"]["message"] == "All files are there"
