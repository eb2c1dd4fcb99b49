"""The migrations make the tables that the models describe, on each database."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.core.management import call_command
from django.db import IntegrityError, connections, transaction
from django.db.migrations.executor import MigrationExecutor

from progress_updater.models import Attempt, Message, Process, Step, TaskLog, TaskTag, TaskTree
from tests.databases import migrate
from tests.rows import BEGIN, a_log

MODELS = [TaskLog, TaskTag, TaskTree, Process, Attempt, Step, Message]


def test_no_migration_is_missing(unmigrated: str) -> None:
    call_command("makemigrations", "progress_updater", check=True, dry_run=True, verbosity=0)


def test_they_apply_and_can_be_taken_back(unmigrated: str) -> None:
    before = set(connections[unmigrated].introspection.table_names())
    for _ in range(2):
        migrate(unmigrated)
        made = set(connections[unmigrated].introspection.table_names()) - before - {"django_migrations"}
        assert made == {model._meta.db_table for model in MODELS}
        migrate(unmigrated, "zero")


def _constraints(alias: str, model: Any) -> dict[str, Any]:
    with connections[alias].cursor() as cursor:
        return dict(connections[alias].introspection.get_constraints(cursor, model._meta.db_table))


@pytest.mark.parametrize("model", MODELS)
def test_every_index_and_constraint_of_the_models_is_there(database: str, model: Any) -> None:
    found = _constraints(database, model)
    for index in model._meta.indexes:
        assert found[index.name]["index"]
        columns = [model._meta.get_field(name.lstrip("-")).column for name in index.fields]
        assert found[index.name]["columns"] == columns
    uniques = {tuple(item["columns"]) for item in found.values() if item["unique"]}
    for constraint in model._meta.constraints:
        assert tuple(model._meta.get_field(name).column for name in constraint.fields) in uniques
    for field in model._meta.local_fields:
        assert not field.unique or field.primary_key or (field.column,) in uniques


@pytest.fixture
def two(database: str) -> Iterator[Any]:
    """Make a row, and then the same again."""

    def make(model: Any, **values: Any) -> None:
        model.objects.create(**values)
        with pytest.raises(IntegrityError), transaction.atomic(using=database):
            model.objects.create(**values)

    return make


def test_what_must_be_unique_is(two: Any) -> None:
    log = a_log()
    row, attempt = log.row, log.current
    two(TaskTag, task_log=row, tag="x")
    two(TaskLog, task_uuid="same", created=BEGIN, updated=BEGIN)
    two(Attempt, task_log=row, number=2, run="same", state="STARTED", start=BEGIN)
    with pytest.raises(IntegrityError), transaction.atomic(using=row._state.db):
        Attempt.objects.create(task_log=row, number=2, run="other", state="STARTED", start=BEGIN)
    step = {"name": "x", "state": "STARTED", "n": 1, "seq": 1, "opened_seq": 1}
    two(Step, task_log=row, attempt=attempt, number=1, **step)
    line = {"at": BEGIN, "level": "info", "text": "x", "source": "notify", "public": True}
    two(Message, task_log=row, attempt=attempt, n=1, seq=1, **line)


ALIKE = ["id", "ID", "id ", "íd", "i\u0301d", "\uff49d"]
EXACT = {
    TaskLog: ["task_uuid", "root", "parent", "group", "owner", "about"],
    TaskTag: ["tag"],
}


def test_identifiers_that_look_alike_are_different(database: str) -> None:
    for text in ALIKE:
        columns = {name: text for name in EXACT[TaskLog] if name != "task_uuid"}
        a_log(task_uuid=text, tags=ALIKE, **columns)
    for model, names in EXACT.items():
        for name in names:
            for text in ALIKE:
                found = model.objects.filter(**{name: text}).count()
                assert found == (len(ALIKE) if model is TaskTag else 1), (name, text)


def test_deleting_a_log_takes_all_its_rows_along(database: str) -> None:
    log = a_log(tags=("x",))
    log.say("line", log.open("step"))
    other = a_log(tags=("x",))
    other.say("line", other.open("step"))
    log.row.delete()
    counts = {model: model.objects.count() for model in MODELS}
    assert counts == dict.fromkeys(MODELS, 1) | {Process: 0, TaskTree: 0}


def test_the_tables_need_no_other_app(database: str) -> None:
    tables = connections[database].introspection.table_names()
    assert set(tables) == {model._meta.db_table for model in MODELS} | {"django_migrations"}


def test_tags_that_were_there_before_learn_when_their_log_was_created(unmigrated: str) -> None:
    migrate(unmigrated, "0003")
    models = MigrationExecutor(connections[unmigrated]).loader.project_state(("progress_updater", "0003_calls")).apps
    logs = models.get_model("progress_updater", "TaskLog").objects.using(unmigrated)
    log = logs.create(task_uuid="t", task_name="TEST", created=BEGIN, updated=BEGIN, cancel_requested=False)
    models.get_model("progress_updater", "TaskTag").objects.using(unmigrated).create(task_log=log, tag="x")
    migrate(unmigrated)
    assert TaskTag.objects.get().created == BEGIN
