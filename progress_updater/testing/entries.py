"""The parts of a recorded log, with names."""

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordedProgress:
    """How far a task or a step has come; None is what nobody said."""

    current: float | None
    total: float | None
    unit: str | None
    percent: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordedStep:
    """One step."""

    path: str
    """Its place in the tree: "1", "2.1", "2.10"."""
    name: str
    state: str
    progress: RecordedProgress | None
    """None where the step counts nothing."""
    exception: str | None
    """What its exception said."""
    exception_type: str | None
    """The qualified name of the exception's class, bare for a built-in one."""
    json: dict[str, Any]
    """The step as the API shows it to readers of details."""

    @property
    def label(self) -> str:
        """Path and name: "2.1 Save rows"."""
        return f"{self.path} {self.name}"


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordedMessage:
    """One line."""

    text: str
    level: str
    data: Any
    step: str | None
    """The path of the step in which it was said, None between all steps."""
    source: str
    """ "notify", "logging", or "gap": it stands for lines that could not be kept."""
    json: dict[str, Any]
    """The line as the API shows it."""


def progress_from(json: dict[str, Any] | None) -> RecordedProgress | None:
    """Read a count out of an answer of the API; None where nothing is counted."""
    if json is None:
        return None
    return RecordedProgress(**{name: json[name] for name in ("current", "total", "unit", "percent")})


def steps_from(record: dict[str, Any]) -> list[RecordedStep]:
    """Read the steps out of an answer of the API, in the order of the tree: 1, 1.1, 2, 10."""
    return sorted(map(_step, record["steps"]), key=_place)


def _place(step: RecordedStep) -> list[int]:
    return list(map(int, step.path.split(".")))


def _step(json: dict[str, Any]) -> RecordedStep:
    failure = json["failure"] or {}
    return RecordedStep(
        path=json["path"],
        name=json["name"],
        state=json["state"],
        progress=progress_from(json["progress"]),
        exception=failure.get("text"),
        exception_type=failure.get("type"),
        json=json,
    )


def messages_from(record: dict[str, Any]) -> list[RecordedMessage]:
    """Read the lines out of an answer of the API, in their order."""
    paths = {step["id"]: step["path"] for step in record["steps"]}
    return [
        RecordedMessage(
            text=json["text"],
            level=json["level"],
            data=json["data"],
            step=paths.get(json["step"]),
            source=json["source"],
            json=json,
        )
        for json in record["messages"]
    ]
