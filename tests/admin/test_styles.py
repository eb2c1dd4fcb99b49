"""The colours of the admin's pages can be read in the light and in the dark theme."""

import re
from pathlib import Path

import pytest
from django.contrib.staticfiles import finders

from progress_updater import states

READABLE = 4.5  # WCAG 2, level AA, normal text
PAIR = re.compile(r"--pu-(fg|bg): light-dark\((#\w{6}), (#\w{6})\)")


def css() -> str:
    path = finders.find("progress_updater/admin.css")
    assert path
    return Path(path).read_text()


def rule_of(state: str) -> str:
    found = re.search(rf"\.pu-{state.lower()}\b[^{{}}]*{{([^}}]*--pu-bg[^}}]*)}}", css())
    assert found, f"no colours for {state}"
    return found[1]


def luminance(colour: str) -> float:
    channels = [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    red, green, blue = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("theme", [0, 1], ids=["light", "dark"])
@pytest.mark.parametrize("state", states.STATES)
def test_each_badge_is_readable_in_both_themes(state: str, theme: int) -> None:
    colours = {name: (light, dark)[theme] for name, light, dark in PAIR.findall(rule_of(state))}
    assert contrast(colours["fg"], colours["bg"]) >= READABLE


def test_black_on_white_has_the_contrast_that_the_standard_says() -> None:
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
