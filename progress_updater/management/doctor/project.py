"""Examinations of the project's settings and of the database."""

import time

from django.core.checks import CheckMessage
from django.db import connections
from django.db.migrations.executor import MigrationExecutor

from progress_updater.checks.databases import check_databases
from progress_updater.checks.project import check_project
from progress_updater.checks.values import check_values
from progress_updater.management.doctor.patient import Patient
from progress_updater.management.doctor.report import Problem
from progress_updater.routers import APP_LABEL
from progress_updater.settings import current
from progress_updater.writing.channels import sink_in_force
from progress_updater.writing.connection import OwnConnection


def settings(_: Patient) -> str:
    """Look at PROGRESS_UPDATER and at INSTALLED_APPS."""
    return _judge([*check_values(), *check_project()], "no mistakes in PROGRESS_UPDATER")


def databases(patient: Patient) -> str:
    """Look at DATABASES and DATABASE_ROUTERS."""
    wanted = current().DATABASE
    if patient.alias != wanted and patient.alias not in connections.settings:
        known = ", ".join(sorted(connections.settings))
        raise Problem(
            f'"{patient.alias}" is no key of DATABASES',
            f"Known: {known}. Correct --database, or leave it out.",
        )
    if patient.alias != wanted:
        raise Problem(
            f'the app keeps its tables in "{wanted}", and not in "{patient.alias}"',
            f'Write PROGRESS_UPDATER = {{"DATABASE": "{patient.alias}"}}, or leave --database out.',
        )
    return _judge(check_databases(), f'the app\'s tables go to "{wanted}"')


def _judge(messages: list[CheckMessage], good: str) -> str:
    counted = [message for message in messages if not message.is_silenced()]
    serious = [message for message in counted if message.is_serious()]
    if serious:
        raise Problem(
            "\n".join(_text(each) for each in serious), "\n".join(str(each.hint) for each in serious)
        )
    return "\n".join([good, *(f"{_text(each)} {each.hint}" for each in counted)])


def _text(message: CheckMessage) -> str:
    return f"({message.id}) {message.msg}"


def sink(_: Patient) -> str:
    """Look where records go."""
    force = sink_in_force()
    if force == "memory":
        raise Problem(
            "records stay in the memory of the process that makes them",
            'Write PROGRESS_UPDATER = {"SINK": "database"}, or leave SINK out: then only tests keep theirs.',
        )
    return force


def connection(patient: Patient) -> str:
    """Connect to the database, as the writer does."""
    own = OwnConnection(patient.alias)
    begin = time.perf_counter()
    try:
        with own.transaction() as wrapper, wrapper.cursor() as cursor:
            cursor.execute("SELECT 1")
            version = ".".join(map(str, wrapper.get_database_version()))
    except Exception as error:
        raise Problem(
            f"cannot connect: {error}".strip(),
            f'Start the database server, or correct DATABASES["{patient.alias}"].',
        ) from error
    finally:
        own.close()
    took = 1_000 * (time.perf_counter() - begin)
    return f"{wrapper.display_name} {version} answers in {took:.0f} ms"


def migrations(patient: Patient) -> str:
    """Look whether the tables are there and up to date."""
    executor = MigrationExecutor(connections[patient.alias])
    targets = [node for node in executor.loader.graph.leaf_nodes() if node[0] == APP_LABEL]
    missing = [migration.name for migration, _ in executor.migration_plan(targets)]
    if missing:
        raise Problem(
            f"not applied: {', '.join(missing)}",
            f"Run: python manage.py migrate {APP_LABEL} --database {patient.alias}",
        )
    return "all applied"
