"""What a task logs becomes its messages, and nobody else notices."""

import logging
import subprocess
import sys
import textwrap
import warnings
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from celery import shared_task
from celery.exceptions import SoftTimeLimitExceeded
from celery.utils.log import get_task_logger

from progress_updater import TaskUpdater, carry, notify, snapshot, step
from progress_updater.integrations.logging import OFF, ProgressHandler, captured
from progress_updater.models import TaskLog
from progress_updater.policy import Audience
from progress_updater.recording.guard import guard
from progress_updater.testing import RecordedLog, record_tasks
from progress_updater.writing.channels import flush
from tests.guarded import failures, nothing_fails_unseen

__all__ = ["failures", "nothing_fails_unseen"]

logger = logging.getLogger("shop.orders")


@pytest.fixture(autouse=True)
def level() -> Iterator[None]:
    """Let everything be logged; what the handlers of the tests' own loggers are is theirs."""
    shop = logging.getLogger("shop")
    shop.setLevel(logging.DEBUG)
    yield
    shop.setLevel(logging.NOTSET)


@pytest.fixture
def capture(settings: Any) -> Any:
    """Return a function that sets CAPTURE_LOGGING."""

    def change(level: str | None, **values: Any) -> None:
        settings.PROGRESS_UPDATER = {**settings.PROGRESS_UPDATER, "CAPTURE_LOGGING": level, **values}

    return change


@pytest.fixture
def info(capture: Any) -> None:
    capture("INFO")


@pytest.fixture
def handled() -> Iterator[ProgressHandler]:
    """Let a handler of the project's own stand at two loggers that a record reaches both."""
    handler = ProgressHandler()
    shop = logging.getLogger("shop")
    shop.addHandler(handler)
    logger.addHandler(handler)
    yield handler
    shop.removeHandler(handler)
    logger.removeHandler(handler)


def said(log: RecordedLog) -> list[tuple[str, str, str | None, str]]:
    return [(line.text, line.level, line.step, line.source) for line in log.messages]


def texts_of(function: Any, **options: Any) -> list[str]:
    """Return the lines of a run around a call."""
    with record_tasks() as logs, TaskUpdater(task_name="run", **options) as updater, updater.step("Step"):
        function()
    return logs.one().texts


def test_a_record_is_a_message_on_the_step_in_which_it_was_logged(info: None) -> None:
    with record_tasks() as logs, TaskUpdater() as updater:
        with updater.step("Read"):
            notify("before")
            logger.info("%s rows", 3)
            with step("Inner"):
                logger.warning("no header")
        with updater.step("Save"):
            logger.error("one is bad")
    assert said(logs.one()) == [
        ("before", "info", "1", "notify"),
        ("3 rows", "info", "1", "logging"),
        ("no header", "warning", "1.1", "logging"),
        ("one is bad", "error", "2", "logging"),
    ]


def test_a_task_is_captured_from_its_first_to_its_last_line(info: None) -> None:
    @shared_task(name="shop.logging")
    def logs_only() -> None:
        get_task_logger(__name__).error("from the task")

    with record_tasks() as logs:
        logs_only.apply()
    assert said(logs.one()) == [("from the task", "error", None, "logging")]


def test_what_is_below_the_level_is_left_out(capture: Any) -> None:
    capture("WARNING")
    assert texts_of(lambda: (logger.info("low"), logger.warning("high"))) == ["high"]


def test_nothing_is_captured_unless_it_is_asked_for(capture: Any) -> None:
    assert captured.level == OFF
    capture("INFO")
    capture(None)
    assert texts_of(lambda: logger.critical("unheard")) == []


@pytest.mark.parametrize("level", ["LOUD", 20, ["INFO"]])
def test_a_level_that_does_not_exist_captures_nothing(capture: Any, level: Any) -> None:
    capture(level)
    assert captured.level == OFF


def test_a_level_of_the_projects_own_counts_as_the_one_below_it(info: None) -> None:
    with record_tasks() as logs, TaskUpdater() as updater, updater.step("Step"):
        logger.log(35, "between")
    assert said(logs.one())[0][1] == "warning"


def test_an_exception_is_said_in_short(info: None) -> None:
    def fails() -> None:
        try:
            raise LookupError("no order 7")
        except LookupError:
            logger.exception("Not saved")

    assert texts_of(fails) == ["Not saved\nLookupError: no order 7"]


def test_a_long_text_is_cut(capture: Any) -> None:
    capture("INFO", TEXT_LIMIT=10)
    assert texts_of(lambda: logger.info("x" * 50)) == ["xxxxxxxxxx… (cut: 50 characters)"]


@pytest.mark.filterwarnings("ignore")
def test_a_text_whose_arguments_do_not_fit_is_kept_as_it_was_written(
    info: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(logging, "raiseExceptions", False)
    monkeypatch.setattr(logger, "propagate", False)
    monkeypatch.setattr(logger, "handlers", [logging.NullHandler()])
    assert texts_of(lambda: logger.info("%d rows", "many")) == ["%d rows"]


def test_a_logger_that_does_not_propagate_is_captured_once(
    info: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(logger, "propagate", False)
    monkeypatch.setattr(logger, "handlers", [logging.NullHandler(), logging.NullHandler()])
    assert texts_of(lambda: logger.info("once")) == ["once"]


def test_a_handler_of_the_projects_own_captures_once(handled: ProgressHandler) -> None:
    assert texts_of(lambda: logger.debug("once")) == ["once"]


def test_a_handler_and_the_setting_together_capture_once(handled: ProgressHandler, info: None) -> None:
    assert texts_of(lambda: (logger.debug("low"), logger.info("high"))) == ["low", "high"]


def test_a_formatter_makes_the_text(handled: ProgressHandler) -> None:
    handled.setFormatter(logging.Formatter("%(name)s: %(message)s"))
    assert texts_of(lambda: logger.info("hello")) == ["shop.orders: hello"]


def test_a_filter_sends_a_logger_away(info: None) -> None:
    def is_wanted(record: logging.LogRecord) -> bool:
        return record.name != "shop.chatty"

    captured.addFilter(is_wanted)
    try:
        chatty = logging.getLogger("shop.chatty")
        assert texts_of(lambda: (chatty.info("away"), logger.info("kept"))) == ["kept"]
    finally:
        captured.removeFilter(is_wanted)


def test_a_filter_that_fails_breaks_no_task(info: None, failures: None) -> None:
    def broken(record: logging.LogRecord) -> bool:
        raise ZeroDivisionError

    captured.addFilter(broken)
    before = guard.failures
    try:
        assert texts_of(lambda: logger.info("lost")) == []
    finally:
        captured.removeFilter(broken)
    assert guard.failures == before + 1


def test_a_time_limit_that_arises_while_a_record_is_captured_passes(info: None) -> None:
    class Slow:
        def __str__(self) -> str:
            raise SoftTimeLimitExceeded

    with record_tasks(), pytest.raises(SoftTimeLimitExceeded), TaskUpdater() as updater, updater.step("x"):
        logger.info(Slow())
    with record_tasks() as logs, TaskUpdater() as updater, updater.step("x"):
        logger.info("heard again")
    assert logs.one().texts == ["heard again"]


def test_what_is_logged_while_a_record_is_captured_is_no_message(
    info: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Handlers that print it would ask for the name, too.
    monkeypatch.setattr(logger, "propagate", False)
    monkeypatch.setattr(logger, "handlers", [logging.NullHandler()])

    class Chatty:
        def __str__(self) -> str:
            logger.info("asked for my name")
            return "Chatty"

    assert texts_of(lambda: logger.info("by %s", Chatty())) == ["by Chatty"]


def test_the_apps_own_lines_are_no_messages(info: None) -> None:
    assert texts_of(lambda: logging.getLogger("progress_updater.x").error("ours")) == []


@pytest.mark.django_db(databases="__all__")
def test_statements_of_our_own_are_no_messages(
    capture: Any, settings: Any, caplog: pytest.LogCaptureFixture
) -> None:
    capture("DEBUG", SINK="inline")
    settings.DEBUG = True
    caplog.set_level(logging.DEBUG, "django.db.backends")
    with TaskUpdater() as updater, updater.step("Step"):
        logger.info("kept")
        flush()
    log = TaskLog.objects.get(task_uuid=updater.task_uuid)
    assert list(log.messages.values_list("text", flat=True)) == ["kept"]


def test_what_verbose_prints_into_a_log_is_no_message(info: None, monkeypatch: pytest.MonkeyPatch) -> None:
    class IntoLog:
        def write(self, text: str) -> None:
            logger.warning(text)

        def flush(self) -> None:
            pass

    monkeypatch.setattr(sys, "stdout", IntoLog())
    assert texts_of(lambda: (notify("said"), logger.info("logged")), verbose=1) == ["said", "logged"]


def test_verbose_does_not_print_what_was_logged(info: None, capsys: pytest.CaptureFixture[str]) -> None:
    texts_of(lambda: (notify("said"), logger.info("logged")), verbose=1)
    assert "logged" not in capsys.readouterr().out


def test_threads_are_captured_only_where_they_carry_the_step(info: None) -> None:
    def work() -> None:
        with ThreadPoolExecutor(1) as pool:
            pool.submit(logger.info, "stray").result()
            pool.submit(carry(logger.info), "carried").result()

    assert texts_of(work) == ["carried"]


def test_code_outside_of_tasks_is_not_captured(info: None) -> None:
    with record_tasks() as logs:
        logger.info("outside")
        assert not captured.handle(logging.makeLogRecord({"msg": "outside", "levelno": 50}))
    assert len(logs) == 0


def test_a_task_that_is_not_recorded_is_not_asked_for_its_texts(capture: Any) -> None:
    class Silent:
        def __str__(self) -> str:
            raise AssertionError

    @shared_task(name="shop.unrecorded", progress_record=False)
    def unrecorded() -> bool:
        return captured.handle(logging.makeLogRecord({"msg": Silent(), "levelno": 50}))

    capture("INFO")
    with record_tasks() as logs:
        assert unrecorded.apply().get() is False
    assert len(logs) == 0


def test_logging_alone_is_no_use_of_the_app(capture: Any) -> None:
    @shared_task(name="shop.logs")
    def logs_only() -> None:
        logger.info("not ours")

    capture("INFO", RECORD="used")
    with record_tasks() as logs:
        logs_only.apply()
    assert len(logs) == 0


@pytest.mark.django_db(databases="__all__")
@pytest.mark.parametrize(
    ("audience", "is_seen"), [(Audience.OWNER, False), (Audience.VIEWER, False), (Audience.DETAILS, True)]
)
def test_only_readers_of_details_see_what_was_captured(info: None, audience: Audience, is_seen: bool) -> None:
    with record_tasks(store=True), TaskUpdater() as updater, updater.step("Step"):
        notify("to all")
        logger.info("hidden words")
    record = snapshot.detail(TaskLog.objects.get(task_uuid=updater.task_uuid), audience)
    assert ("hidden words" in str(record)) is is_seen
    assert record["progress"]["message"] == "to all"


@pytest.mark.django_db(databases="__all__")
def test_secrets_in_what_was_captured_are_masked(info: None) -> None:
    with record_tasks(store=True), TaskUpdater() as updater, updater.step("Step"):
        try:
            raise ConnectionError("postgres://shop:hunter2@db/shop refused")
        except ConnectionError:
            logger.exception("no connection with password=hunter2")
    log = TaskLog.objects.get(task_uuid=updater.task_uuid)
    (text,) = log.messages.values_list("text", flat=True)
    assert "no connection" in text
    assert "refused" in text
    assert "hunter2" not in text


def test_the_record_itself_stays_as_it_was(info: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(logger, "propagate", False)
    monkeypatch.setattr(logger, "handlers", [logging.NullHandler()])
    record = logging.makeLogRecord({"name": "shop", "msg": "x %s", "args": (1,), "levelno": 20})
    before = dict(vars(record))
    assert texts_of(lambda: logger.handle(record)) == ["x 1"]
    assert vars(record) == before


def test_a_warning_that_python_shows_is_a_message(info: None) -> None:
    output = _python(
        """
        with record_tasks() as logs, TaskUpdater() as updater, updater.step("Step"):
            warnings.warn("old name", UserWarning)
        print(logs.one().texts, logs.one().messages[0].level)
        """
    )
    assert output.stdout.count("UserWarning: old name") == 1
    assert output.stdout.rstrip().endswith("warning")
    assert output.stderr.count("UserWarning: old name") == 1


def test_a_warning_that_logging_takes_is_one_message(info: None) -> None:
    output = _python(
        """
        logging.captureWarnings(True)
        with record_tasks() as logs, TaskUpdater() as updater, updater.step("Step"):
            warnings.warn("old name", UserWarning)
        print(logs.one().texts)
        """
    )
    assert output.stdout.count("UserWarning: old name") == 1


def test_a_handler_can_stand_in_the_settings() -> None:
    output = _python(
        """
        with record_tasks() as logs, TaskUpdater() as updater, updater.step("Step"):
            logging.getLogger("shop").info("hello")
            logging.getLogger("shop.chatty").info("away")
        print(logs.one().texts)
        """,
        CAPTURE_LOGGING=None,
    )
    assert output.stdout.strip() == "['hello']"


def test_who_sets_up_logging_finds_no_handler_of_ours(info: None) -> None:
    assert not [handler for handler in logging.getLogger().handlers if isinstance(handler, ProgressHandler)]
    assert warnings.showwarning.__module__ != "progress_updater"


_SITE = """
import logging, warnings
import django
from django.conf import settings

settings.configure(
    INSTALLED_APPS=["django.contrib.contenttypes", "django.contrib.auth", "progress_updater"],
    DATABASES={"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}},
    PROGRESS_UPDATER={"SINK": "memory", "CAPTURE_LOGGING": %r},
    USE_TZ=True,
    LOGGING={
        "version": 1,
        "filters": {"shop": {"()": "django.utils.log.CallbackFilter",
                             "callback": lambda record: record.name != "shop.chatty"}},
        "handlers": {"task": {"class": "progress_updater.integrations.logging.ProgressHandler",
                              "filters": ["shop"]}},
        "loggers": {"shop": {"handlers": ["task"], "level": "INFO"}},
    },
)
django.setup()
from progress_updater import TaskUpdater
from progress_updater.testing import record_tasks
"""


def _python(code: str, CAPTURE_LOGGING: str | None = "INFO") -> subprocess.CompletedProcess[str]:  # noqa: N803
    """Run code in a process of its own: pytest has hooks for warnings too."""
    program = (_SITE % CAPTURE_LOGGING) + textwrap.dedent(code)
    return subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, timeout=60, check=True,
        cwd=Path(__file__).parents[2],
    )  # fmt: skip
