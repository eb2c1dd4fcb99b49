"""Each fault at each boundary: the task is the same, the record says what it can, and recording goes on."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from uuid import uuid4

import pytest
from _pytest.mark import ParameterSet
from celery.result import EagerResult

from progress_updater import states
from progress_updater.models import Attempt, Message, Step, TaskLog
from progress_updater.writing.channels import flush
from tests.faults import tasks
from tests.faults.fault import Fault, Place
from tests.faults.table import FAULTS, POSTGRES
from tests.faults.tasks import Scene
from tests.services import service_url
from tests.waiting import wait_until


def _rows() -> list[ParameterSet]:
    return [
        pytest.param(fault, service_url(POSTGRES), id=fault.name, marks=pytest.mark.needs(POSTGRES))
        if fault.url == POSTGRES
        else pytest.param(fault, fault.url, id=fault.name)
        for fault in FAULTS
    ]


@pytest.fixture
def warnings(caplog: pytest.LogCaptureFixture) -> Callable[[], list[str]]:
    """Return a function that tells what the guard has warned of."""

    def told() -> list[str]:
        texts = [record.getMessage() for record in caplog.records if record.name == "progress_updater"]
        return [text for text in texts if text.startswith("progress_updater could not")]

    return told


Played = Callable[[Fault, bool], tuple[EagerResult, Scene]]


@pytest.fixture
def play(
    journals: Path, database: str, settings: object, warnings: Callable[[], list[str]], writer: None
) -> Iterator[Played]:
    """Return a function that runs a task, with a fault in its midst."""

    def play(fault: Fault, fails: bool) -> tuple[EagerResult, Scene]:
        settings.PROGRESS_UPDATER = {**settings.PROGRESS_UPDATER, **fault.settings}  # type: ignore[attr-defined]
        place, injected = Place(alias=database, journals=journals), ExitStack()

        def strike() -> None:
            injected.enter_context(fault.inject(place))

        def met() -> None:
            if fault.warns:
                wait_until(lambda: _told(warnings(), fault), 60, f"the warnings {fault.warns}")
            else:
                assert flush(60)

        def strike_late() -> None:
            assert flush(60)
            strike()

        scene = Scene(strike_late if fault.in_midst else lambda: None, injected, fault.says, met)
        tasks.scenes.append(scene)
        with injected:
            if not fault.in_midst:
                strike()
            task = tasks.raises if fails else tasks.returns
            return task.apply(task_id=str(uuid4())), scene

    yield play
    tasks.scenes.clear()


def _told(warnings: list[str], fault: Fault) -> bool:
    return all(sum(words in text for text in warnings) >= fault.warns.count(words) for words in fault.warns)


@pytest.mark.parametrize("fails", [False, True], ids=["returns", "raises"])
@pytest.mark.parametrize(("fault", "migrated"), _rows(), indirect=["migrated"])
def test_a_fault(
    fault: Fault, fails: bool, play: Played, warnings: Callable[[], list[str]], journals: Path
) -> None:
    result, scene = play(fault, fails)
    _the_task_is_the_same(result, scene, fails)
    assert flush(60)
    _the_record_shows(fault, result.id, fails)
    said = warnings()
    assert _told(said, fault), said
    assert len(said) == len(fault.warns), said
    _recording_goes_on(journals, journaled="JOURNAL_DIR" not in fault.settings)
    assert warnings() == said


def _the_task_is_the_same(result: EagerResult, scene: Scene, fails: bool) -> None:
    if fails:
        assert result.state == "FAILURE"
        assert result.result is scene.error
        assert (scene.error.__cause__, scene.error.__context__) == (None, None)
        assert not hasattr(scene.error, "__notes__")
    else:
        assert (result.state, result.result) == ("SUCCESS", "the result")


def _the_record_shows(fault: Fault, task_id: str, fails: bool) -> None:
    log = TaskLog.objects.get(task_uuid=task_id)
    attempt = Attempt.objects.get(task_log=log)
    state = states.FAILURE if fails else states.SUCCESS
    assert (log.state, attempt.state) == (state, state)
    assert log.exception == ("order 7 is missing" if fails else None)
    messages = list(Message.objects.filter(task_log=log).order_by("seq"))
    lines = [
        line.text if line.data is None or line.source == "gap" else f"{line.text} {line.data}"
        for line in messages
    ]
    assert fault.reads(lines) == fault.shows
    _nothing_is_out_of_order(log, messages)
    steps = dict(Step.objects.filter(task_log=log).values_list("name", "state"))
    assert {name: steps[name] for name in STEPS} == dict.fromkeys(STEPS, states.SUCCESS)
    assert states.STARTED not in steps.values()


def _printed(line: Message) -> str:
    return line.text if line.data is None or line.source == "gap" else f"{line.text} {line.data}"


STEPS = ("Before", "During", "Items", "After")


def _nothing_is_out_of_order(log: TaskLog, messages: list[Message]) -> None:
    spoken = [line for line in messages if line.source != "gap"]
    assert [line.n for line in spoken] == sorted({line.n for line in spoken})
    assert [line.at for line in spoken] == sorted(line.at for line in spoken)
    assert log.start is not None
    assert log.end is not None
    assert all(log.start <= line.at <= log.end for line in messages)
    assert 0 <= (log.end - log.start).total_seconds() < 600


def _recording_goes_on(journals: Path, *, journaled: bool) -> None:
    result = tasks.later.apply(task_id=str(uuid4()))
    if journaled:
        assert any(result.id.encode() in path.read_bytes() for path in journals.glob("*.journal"))
        assert len(list(journals.glob("[0-9]*-*.lock"))) == 1
    assert flush(60)
    log = TaskLog.objects.get(task_uuid=result.id)
    assert (log.state, log.message) == (states.SUCCESS, "later")
