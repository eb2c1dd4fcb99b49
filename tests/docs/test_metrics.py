"""The page on metrics names what there is, and its numbers are those of the code."""

import re

import pytest

from progress_updater.metrics import names, tasks, window
from progress_updater.metrics.process import ProcessCollector
from progress_updater.metrics.tasks import TasksCollector
from tests.docs.markdown import ROOT

PAGE = ROOT / "docs/howto/metrics.md"
TEXT = " ".join(PAGE.read_text().split())


@pytest.mark.django_db(databases="__all__")
def test_the_page_names_every_metric_and_no_other() -> None:
    families = [
        family for collector in (TasksCollector(), ProcessCollector()) for family in collector.collect()
    ]
    told = {f"{family.name}_total" if family.type == "counter" else family.name for family in families}
    assert set(re.findall(r"^\| `(\w+)`", PAGE.read_text(), re.MULTILINE)) == told


def test_the_numbers_of_the_page_are_those_of_the_code() -> None:
    assert f"The window is {window.SECONDS:.0f} seconds, and at most the latest {window.MOST:,} tasks" in TEXT
    assert f"at most {tasks.MOST:,} of a state are counted" in TEXT
    assert f"At most {names.MOST} names appear" in TEXT
    assert f"all others are `{names.OTHERS}`" in TEXT
    first, second, third = tasks.QUANTILES
    assert f"The quantiles are {first:g}, {second:g} and {third:g}" in TEXT
