"""A column that compares byte by byte, on each database."""

from pathlib import Path
from typing import Any

import pytest
from django.db import connections, models

from progress_updater.fields import ExactCharField
from tests.databases import alias_of
from tests.services import database_urls, service_url

ALIKE = [
    "a",
    "A",
    "a ",
    " a",
    "á",
    "å",
    "\uff41",
    "a\u0301",
    "ﬁ",
    "fi",
    "ß",
    "ss",
    "🎉",
    "🎊",
    "I",
    "İ",
    "\u0131",
]


class Word(models.Model):
    text = ExactCharField(max_length=20, unique=True)

    class Meta:
        app_label = "auth"
        managed = False
        db_table = "word"

    def __str__(self) -> str:
        return self.text


@pytest.mark.parametrize("url", database_urls())
def test_texts_that_look_alike_are_different_rows(url: str, tmp_path: Path, django_db_blocker: Any) -> None:
    with django_db_blocker.unblock(), alias_of(url, tmp_path) as alias:
        with connections[alias].schema_editor() as editor:
            editor.create_model(Word)
        words = Word._base_manager.using(alias)
        words.bulk_create(Word(text=text) for text in ALIKE)
        assert {text: words.filter(text=text).count() for text in ALIKE} == dict.fromkeys(ALIKE, 1)
        assert {word.text for word in words.all()} == set(ALIKE)


def test_migrations_write_it_by_its_own_name() -> None:
    _, path, _, options = ExactCharField(max_length=9).deconstruct()
    assert (path, options) == ("progress_updater.fields.ExactCharField", {"max_length": 9})


@pytest.mark.needs("mariadb")
def test_mysql_has_another_name_for_the_collation(
    tmp_path: Path, django_db_blocker: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    with django_db_blocker.unblock(), alias_of(service_url("mariadb"), tmp_path) as alias:
        connection, field = connections[alias], ExactCharField(max_length=9)
        assert field.db_parameters(connection)["collation"] == "utf8mb4_nopad_bin"
        monkeypatch.setattr(connection, "mysql_is_mariadb", False)
        assert field.db_parameters(connection)["collation"] == "utf8mb4_0900_bin"
