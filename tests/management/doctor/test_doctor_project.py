"""Examinations of the settings and of the database."""

from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from django.db import ConnectionHandler, connections

from progress_updater import checks
from progress_updater.management.doctor import project
from progress_updater.management.doctor.report import Problem
from progress_updater.settings import current
from progress_updater.writing import connection
from tests.management.doctor.conftest import MakePatient


def problem(examination: Any, patient: Any) -> Problem:
    with pytest.raises(Problem) as caught:
        examination(patient)
    return caught.value


def test_good_settings_are_ok(make_patient: MakePatient) -> None:
    assert project.settings(make_patient()) == "no mistakes in PROGRESS_UPDATER"


def test_mistakes_in_the_settings_are_a_problem_each_with_its_hint(
    make_patient: MakePatient, settings: Any
) -> None:
    settings.PROGRESS_UPDATER = {"FLUSH": 1, "SINK": "databse"}
    found = problem(project.settings, make_patient())
    assert "(progress_updater.E002)" in found.detail
    assert "(progress_updater.E003)" in found.detail
    assert "Did you mean 'database'?" in found.remedy


def test_silenced_mistakes_do_not_count(make_patient: MakePatient, settings: Any) -> None:
    settings.PROGRESS_UPDATER = {**settings.PROGRESS_UPDATER, "FLUSH": 1}
    settings.SILENCED_SYSTEM_CHECKS = ["progress_updater.E002"]
    assert project.settings(make_patient()) == "no mistakes in PROGRESS_UPDATER"


def test_warnings_are_told_and_are_no_problem(make_patient: MakePatient, settings: Any) -> None:
    settings.INSTALLED_APPS = [name for name in settings.INSTALLED_APPS if name != "rest_framework"]
    assert "(progress_updater.W002)" in project.settings(make_patient())


def test_the_database_of_the_settings_is_ok(make_patient: MakePatient) -> None:
    assert project.databases(make_patient()) == f'the app\'s tables go to "{current().DATABASE}"'


def test_another_database_than_that_of_the_settings_is_a_problem(
    make_patient: MakePatient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(connections.settings, "elsewhere", {})
    found = problem(project.databases, make_patient(alias="elsewhere"))
    assert 'not in "elsewhere"' in found.detail
    assert 'PROGRESS_UPDATER = {"DATABASE": "elsewhere"}' in found.remedy


def test_a_database_that_the_project_does_not_have_is_not_one_to_move_the_tables_to(
    make_patient: MakePatient,
) -> None:
    found = problem(project.databases, make_patient(alias="nowhere"))
    assert found.detail == '"nowhere" is no key of DATABASES'
    assert f"Known: {', '.join(sorted(connections.settings))}." in found.remedy


def test_a_missing_router_is_a_problem(
    make_patient: MakePatient, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    postgres = {"ENGINE": "django.db.backends.postgresql", "NAME": "archive"}
    handler = ConnectionHandler({"default": {}, "archive": postgres})
    for module in (checks.databases, checks.sqlite):
        monkeypatch.setattr(module, "connections", handler)
    settings.DATABASE_ROUTERS = []
    settings.PROGRESS_UPDATER = {"DATABASE": "archive"}
    found = problem(project.databases, make_patient())
    assert "(progress_updater.E007)" in found.detail
    assert "ProgressUpdaterRouter" in found.remedy


def test_records_that_stay_in_memory_are_a_problem(make_patient: MakePatient) -> None:
    found = problem(project.sink, make_patient())
    assert "memory" in found.detail
    assert "SINK" in found.remedy


def test_the_sink_in_force_is_told(make_patient: MakePatient, settings: Any) -> None:
    settings.PROGRESS_UPDATER = {"SINK": "inline"}
    assert project.sink(make_patient()) == "inline"


@pytest.mark.django_db(databases="__all__", transaction=True)
def test_a_database_that_answers_is_told_by_name_and_version(make_patient: MakePatient) -> None:
    assert " answers in " in project.connection(make_patient())


@pytest.fixture
def databases(monkeypatch: pytest.MonkeyPatch) -> Any:
    def use(**written: Any) -> None:
        handler = ConnectionHandler({"default": {}, **written})
        for module in (project, connection):
            monkeypatch.setattr(module, "connections", handler)

    return use


def test_a_database_server_that_is_not_there_is_a_problem(
    make_patient: MakePatient, databases: Any, django_db_blocker: Any
) -> None:
    databases(gone={"ENGINE": "django.db.backends.postgresql", "NAME": "x", "HOST": "127.0.0.1", "PORT": 1})
    with django_db_blocker.unblock():
        found = problem(project.connection, make_patient(alias="gone"))
    assert "cannot connect" in found.detail
    assert "refused" in found.detail
    assert 'DATABASES["gone"]' in found.remedy


def test_tables_that_are_not_made_are_a_problem_until_the_remedy_is_followed(
    make_patient: MakePatient, databases: Any, django_db_blocker: Any, tmp_path: Path, settings: Any
) -> None:
    databases(bare={"ENGINE": "django.db.backends.sqlite3", "NAME": tmp_path / "bare.sqlite3"})
    with django_db_blocker.unblock():
        found = problem(project.migrations, make_patient(alias="bare"))
        project.connections["bare"].close()
    assert "0001_initial" in found.detail
    assert found.remedy == "Run: python manage.py migrate progress_updater --database bare"


@pytest.mark.django_db(databases="__all__")
def test_tables_that_are_made_are_ok(make_patient: MakePatient) -> None:
    call_command("migrate", "progress_updater", database=current().DATABASE, verbosity=0)
    assert project.migrations(make_patient()) == "all applied"
