"""Task ids in addresses."""

import pytest
from django.urls import resolve

from progress_updater.api.task_ids import TaskIdConverter
from progress_updater.recording.clean import task_key
from tests.api.conftest import address_of
from tests.rows import a_log

IDS = [
    "54bf5a1c-8f3c-4a5b-9d2e-0c1b2a3d4e5f", "with.dots", ".", "..", "with/slash", "//", "~tilde", "~",
    "~Zm9v", "a\nb\n", "\n", " ", "ä ü 📦", "100%", "%2F", "a?b=c&d#e", "a;b", "a+b", "back\\slash", "'\"<>",
    "x" * 255,
]  # fmt: skip


@pytest.mark.parametrize("task_uuid", IDS)
def test_an_address_leads_back_to_its_id(task_uuid):
    converter = TaskIdConverter()
    written = converter.to_url(task_uuid)

    assert "/" not in written
    assert converter.to_python(written) == task_uuid


@pytest.mark.django_db(databases="__all__")
@pytest.mark.parametrize("task_uuid", IDS)
def test_any_id_can_be_read(reader, task_uuid):
    answer = reader.get(address_of(a_log(task_uuid=task_uuid).task_uuid))

    assert answer.status_code == 200
    assert answer.json()["task_uuid"] == task_uuid


@pytest.mark.django_db(databases="__all__")
@pytest.mark.parametrize("task_uuid", ["x" * 300, "nul\x00"])
def test_an_id_is_looked_up_as_it_was_stored(reader, task_uuid):
    a_log(task_uuid=task_key(task_uuid))

    assert reader.get(address_of(task_uuid)).json()["task_uuid"] == task_key(task_uuid)


@pytest.mark.parametrize("written", ["~", "~é", "~!!", "~_w", "~A"])
def test_what_cannot_be_decoded_is_an_id_itself(written):
    assert TaskIdConverter().to_python(written) == written


def test_only_a_slash_is_no_part_of_an_id():
    assert resolve("/api/tasklogs/a\nb/").kwargs == {"task_uuid": "a\nb"}
    assert resolve("/api/tasklogs/a/log/").kwargs == {"task_uuid": "a"}
