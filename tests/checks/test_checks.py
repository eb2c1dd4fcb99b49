"""The checks are registered with Django, and the list of findings is whole."""

from typing import Any

from django.core.checks import CheckMessage, run_checks

from progress_updater import checks
from progress_updater.checks import findings
from progress_updater.checks.findings import Finding

ALL = [finding for finding in vars(findings).values() if isinstance(finding, Finding)]


def test_the_demo_site_has_nothing_to_mend() -> None:
    assert run_checks(tags=[checks.TAG]) == []


def test_a_mistake_is_found_by_djangos_own_run(settings: Any) -> None:
    settings.PROGRESS_UPDATER = {"COLOUR": "red"}
    (message,) = run_checks(tags=[checks.TAG])
    assert message.id == "progress_updater.E002"
    assert isinstance(message, CheckMessage)


def test_each_finding_has_an_id_of_its_own() -> None:
    assert len({finding.id for finding in ALL}) == len(ALL)


def test_the_id_tells_an_error_from_a_warning() -> None:
    assert all(finding.number[0] == {30: "W", 40: "E"}[finding.level] for finding in ALL)
