"""A hundred secrets in every place where text can come from, and none of them anywhere afterwards."""

import logging
from typing import Any

import orjson
import pytest
from django.apps import apps
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse

from progress_updater import TaskUpdater, notify
from progress_updater.recording.changes import Identity, LogChange
from progress_updater.recording.failure import Failure
from progress_updater.recording.guard import guard
from progress_updater.testing.memory_record import record_in_memory
from progress_updater.writing.channels import flush
from progress_updater.writing.masking import MASK
from progress_updater.writing.sinks.database import DatabaseSink
from tests.writing.changes import a_change, a_line, a_run, a_settlement, a_step, log_of, told
from tests.writing.masking.corpus import NAMES, SECRETS

TEXTS = [secret.text for secret in SECRETS]
HIDDEN = "hidden-value-of-"


def _all_rows() -> str:
    """Return all that is in all tables of the app."""
    rows: list[Any] = [
        list(model.objects.values_list()) for model in apps.get_app_config("progress_updater").get_models()
    ]
    return repr(rows)


def _found(stored: str) -> list[str]:
    plain = stored.replace("\\n", "\n")
    return [secret.text for secret in SECRETS if secret.secret in stored or secret.secret in plain]


def _failure(text: str) -> Failure:
    return Failure(
        type="ValueError", text=text, step=None, traceback=f"Traceback:\n  {text}\nValueError: {text}\n"
    )


def _changes(number: int, text: str) -> list[LogChange]:
    """Put a text into each place that can hold one."""
    uuid, json = f"t{number}", orjson.dumps([{"a": [text, {text: text}]}]).decode()
    identity = Identity(task_name=text, args=json, kwargs=json, options=json, arguments_kept=True)
    steps = [a_step(1, 1, name=text, failure=_failure(text))]
    line = a_line(2, text=text, data=json, replace=text)
    run = a_run(f"r{number}", "FAILURE", steps=steps, messages=[line])
    run.attempt.failure = _failure(text)
    columns = dict.fromkeys(("custom_state", "exception", "message", "result"), text) | {"result": json}
    change = told(a_change(uuid, run, identity=identity), **columns, result_kept=True)
    return [change, a_settlement(f"s{number}", failure=_failure(text))]


def test_no_secret_reaches_a_table(sink: DatabaseSink) -> None:
    sink.store([change for number, text in enumerate(TEXTS) for change in _changes(number, text)])
    stored = _all_rows()
    assert _found(stored) == []
    assert stored.count(MASK) > 15 * len(TEXTS)
    for number in range(len(TEXTS)):
        log = log_of(f"t{number}")
        assert (log.arguments_kept, log.result_kept) == (False, False)


def test_no_secret_is_shown_of_a_record_in_memory() -> None:
    for number, text in enumerate(TEXTS):
        change, end = _changes(number, text)
        for told_of in (change, end):
            shown = record_in_memory(told_of.task_uuid, [told_of], None)
            assert _found(orjson.dumps(shown).decode()) == []


def test_what_stands_under_a_secret_name_reaches_no_table(sink: DatabaseSink) -> None:
    values = {name: f"{HIDDEN}{place}" for place, name in enumerate(NAMES)}
    encoded = orjson.dumps({"a": [values]}).decode()
    identity = Identity(
        task_name="t",
        args=orjson.dumps(list(values.values())).decode(),
        kwargs=encoded,
        options=encoded,
        parameters=tuple(values),
        arguments_kept=True,
    )
    run = a_run("r", "SUCCESS", messages=[a_line(1, data=encoded), a_line(2, text=repr(values))])
    sink.store([told(a_change("t", run, identity=identity), result=encoded, result_kept=True)])
    assert HIDDEN not in _all_rows()
    assert log_of("t").args == [MASK] * len(NAMES)


def test_arguments_without_secrets_are_kept_as_they_are(sink: DatabaseSink) -> None:
    identity = Identity(task_name="t", args='["bob",5]', kwargs='{"page":2}', arguments_kept=True)
    run = a_run("r", "SUCCESS")
    sink.store([told(a_change("t", run, identity=identity), result='{"rows":3}', result_kept=True)])
    log = log_of("t")
    assert (log.args, log.kwargs, log.result) == (["bob", 5], {"page": 2}, {"rows": 3})
    assert (log.arguments_kept, log.result_kept) == (True, True)


def _run_all() -> str:
    """Run a task that says, raises and chains every secret."""
    with TaskUpdater(task_name="TEST") as updater:
        for text in TEXTS:
            updater.set_state(text)
            notify(text, data={"text": text, "password": text})
            with updater(task_name=text):
                try:
                    raise KeyError(text)
                except KeyError as error:
                    error.add_note(text)
                    raise ValueError(text) from error
    return updater.task_uuid


def _pages(client: Client, uuid: str) -> list[str]:
    api = [
        reverse(f"progress_updater:tasklog-{part}", args=[uuid])
        for part in ("detail", "messages", "steps", "log")
    ]
    admin = "/admin/progress_updater/tasklog/"
    addresses = [*api, f"{api[0]}?after=3", reverse("progress_updater:tasklog-list"), admin]
    return [*addresses, f"{admin}{log_of(uuid).pk}/change/"]


@pytest.mark.django_db(databases="__all__", transaction=True)
def test_no_secret_is_in_an_answer_a_page_or_a_line_of_our_log_after_a_real_run(
    caplog: pytest.LogCaptureFixture, settings: Any
) -> None:
    settings.PROGRESS_UPDATER = {**settings.PROGRESS_UPDATER, "SINK": "database"}
    with caplog.at_level(logging.DEBUG, "progress_updater"):
        uuid = _run_all()
        assert flush(30)
    assert _found(caplog.text) == []
    assert _found(_all_rows()) == []
    client = Client()
    client.force_login(User.objects.create_superuser("reader"))
    for address in _pages(client, uuid):
        response = client.get(address)
        assert response.status_code == 200, address
        answer = b"".join(response) if response.streaming else response.content
        assert _found(answer.decode()) == [], address
        assert MASK.encode() in answer or address.endswith("/tasklog/"), address


def test_our_log_shows_no_secret_of_an_error(failures: None, caplog: pytest.LogCaptureFixture) -> None:
    for number, text in enumerate(TEXTS):
        error = type(f"Error{number}", (Exception,), {})
        try:
            raise error(text)
        except error as raised:
            guard.report(raised, f"store {number}")
    assert _found(caplog.text) == []
    assert caplog.text.count(MASK) > len(TEXTS)
