"""Records that carry markup in every text that an author, a task, a caller or a worker can fill."""

import json
from collections.abc import Iterator, Mapping
from typing import Any, Final

from django.apps import apps
from django.db.models import CharField, JSONField, TextField

from progress_updater import states
from progress_updater.models import Attempt, Process, TaskLog, TaskTree
from tests.rows import BEGIN, ALog, a_log, heard_of

_LONG: Final = (
    "<script>window.ran=1</script>\"'><img src=x onerror=window.ran=1><svg/onload=window.ran=1>javascript:"
    "window.ran=1//</script></pre></textarea></title>-->]]>{{7*7}}{% now 'Y' %}\x1b[31m&lt;b&gt;"
)
PAYLOADS: Final = (_LONG, "<b onclick=x>\"'&", '"><b>')
"""The longest one that a column holds is put into it."""

NOT_FREE: Final = {
    "TaskLog.state", "TaskLog.run", "Process.token", "Attempt.run", "Attempt.state", "Step.state",
    "Message.source",
}  # fmt: skip
"""Words of a closed list, and random tokens of our own."""


def text_fields() -> Iterator[tuple[str, int | None]]:
    """List all columns that hold text or JSON, as "Model.field", with their widths."""
    for model in apps.get_app_config("progress_updater").get_models():
        for field in model._meta.get_fields():
            if isinstance(field, CharField | TextField | JSONField):
                yield f"{model.__name__}.{field.name}", getattr(field, "max_length", None)


class Marks:
    """Texts with a marker of its own for each place, with or without markup behind it."""

    def __init__(self, *, markup: bool) -> None:
        self.markup = markup
        self.texts: dict[str, str] = {}
        self._widths = dict(text_fields())

    def __call__(self, place: str) -> str:
        """Give the text for a place: "Model.field", or "Model.field.key" in JSON."""
        if place not in self.texts:
            marker = f"mk{len(self.texts)}-"
            self.texts[place] = next(text for text in self._longest_first(marker) if self._fits(place, text))
        return self.texts[place]

    def _longest_first(self, marker: str) -> Iterator[str]:
        yield from (marker + payload for payload in (PAYLOADS if self.markup else ("",)))

    def _fits(self, place: str, text: str) -> bool:
        width = self._widths.get(place)
        return width is None or len(text) <= width

    def json(self, place: str) -> Any:
        """Give data that has the text as a key and as values."""
        text = self(place)
        return {text: [text, {text: text}]}

    def marker(self, place: str) -> str:
        """Give the beginning of a text, which stands nowhere else."""
        return self.texts[place].partition("-")[0] + "-"

    def filled(self) -> set[str]:
        """Return the columns for which a text was given."""
        return {".".join(place.split(".")[:2]) for place in self.texts}


def marked_logs(mark: Marks, *, about: str | None = None) -> list[ALog]:
    """Make logs of a task that runs and is stalled, of one that has failed, and of one that failed unstarted.

    Args:
        mark: gives the texts.
        about: what both are about, if that is no text of the caller's.
    """
    TaskTree.objects.create(key=mark("TaskLog.tree"), tasks=2, updated=BEGIN)
    mark.texts["TaskTree.key"] = mark("TaskLog.tree")
    running = _a_log(mark, "", about)
    _say_everything(mark, running)
    process = heard_of(running, 1)
    Process.objects.filter(pk=process.pk).update(host=mark("Process.host"))
    frames = [{"file": mark("Attempt.stalled.file"), "line": 7, "function": mark("Attempt.stalled.function")}]
    stalled = {"step": 1, "since": BEGIN.timestamp(), "frames": frames}
    Attempt.objects.filter(pk=running.current.pk).update(stalled=stalled)
    failed = _a_log(mark, "again", about)
    _say_everything(mark, failed)
    failed.close(1, states.FAILURE, _failure(mark, "Step"))
    failed.finish(states.FAILURE, _failure(mark, "Attempt"))
    TaskLog.objects.filter(pk=failed.pk).update(
        exception=mark("TaskLog.exception"), exception_type=mark("TaskLog.exception_type")
    )
    unstarted = _a_log(mark, "unstarted", about).finish(states.FAILURE)
    TaskLog.objects.filter(pk=unstarted.pk).update(exception=mark("TaskLog.exception"))
    return [running, failed, unstarted]


def _a_log(mark: Marks, suffix: str, about: str | None) -> ALog:
    texts = (
        "task_name",
        "celery_name",
        "custom_state",
        "unit",
        "message",
        "root",
        "parent",
        "group",
        "queue",
    )
    more = ("owner", "tree", "previous", "retry_of")
    return a_log(
        task_uuid=mark("TaskLog.task_uuid") + suffix,
        tags=(mark("TaskTag.tag"),),
        about=about or mark("TaskLog.about"),
        current=1.0, total=3.0, queued=BEGIN, eta=BEGIN, arguments_kept=False, result_kept=False,
        args=[mark.json("TaskLog.args")],
        **{name: mark.json(f"TaskLog.{name}") for name in ("kwargs", "options", "result")},
        **{name: mark(f"TaskLog.{name}") for name in texts + more},
        started=False,
    )  # fmt: skip


def _say_everything(mark: Marks, log: ALog) -> None:
    log.attempt(worker=mark("Attempt.worker"))
    step = log.open(mark("Step.name"))
    log.count(step, 1.0, total=2.0, unit=mark("Step.unit"))
    columns: Mapping[str, Any] = {"level": mark("Message.level"), "replace": mark("Message.replace")}
    log.say(mark("Message.text"), step, data=mark.json("Message.data"), **columns)
    log.say(mark("Message.text.captured"), step, source="logging", public=False)
    log.say(mark("Message.text.gap"), step, source="gap", data={"count": 2})
    TaskLog.objects.filter(pk=log.pk).update(message=mark("TaskLog.message"))


def _failure(mark: Marks, model: str) -> dict[str, Any]:
    texts = {name: mark(f"{model}.failure.{name}") for name in ("type", "text", "where", "traceback")}
    return {**texts, "step": None}


def strings_in(body: bytes) -> list[str]:
    """List all texts of JSON, and all its keys."""
    return list(_strings(json.loads(body)))


def _strings(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        for key, item in value.items():
            yield key
            yield from _strings(item)
    elif isinstance(value, list):
        for item in value:
            yield from _strings(item)
