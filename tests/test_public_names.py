"""What can be imported from progress_updater is a list that is changed on purpose."""

import inspect

import progress_updater
from progress_updater import testing, tokens

PUBLIC = [
    "ProgressUpdaterError",
    "TaskCancelled",
    "TaskUpdater",
    "carry",
    "check_cancelled",
    "current_updater",
    "notify",
    "plan",
    "step",
    "task_context",
    "track",
]

TESTING = [
    "RecordedLog",
    "RecordedMessage",
    "RecordedOtherwise",
    "RecordedProgress",
    "RecordedStep",
    "TaskLogs",
    "record_tasks",
]

TOKENS = ["BadToken", "task_of", "token_for"]

UPDATER = [
    "advance",
    "check_cancelled",
    "finish",
    "insert_final_update",
    "latest_exception",
    "notify",
    "plan",
    "raise_latest_exception",
    "set_progress",
    "set_state",
    "step",
    "task_uuid",
    "track",
]

HANDLE_METHODS = ["advance", "failed", "notify", "plan", "set_progress", "step", "track"]


def _public(kind: type) -> list[str]:
    return sorted(name for name in dir(kind) if not name.startswith("_"))


def test_the_public_names_are_these() -> None:
    assert sorted(progress_updater.__all__) == PUBLIC
    assert all(hasattr(progress_updater, name) for name in PUBLIC)


def test_the_public_names_of_the_testing_kit_are_these() -> None:
    assert sorted(testing.__all__) == TESTING
    assert all(inspect.getdoc(getattr(testing, name)) for name in TESTING)


def test_the_public_names_of_tokens_are_these() -> None:
    assert sorted(tokens.__all__) == TOKENS
    assert all(inspect.getdoc(getattr(tokens, name)) for name in TOKENS)


def test_an_updater_has_these_names() -> None:
    assert _public(progress_updater.TaskUpdater) == UPDATER


def test_the_handle_of_a_step_has_these_names() -> None:
    assert _public(type(progress_updater.step("step"))) == sorted([*HANDLE_METHODS, "exception"])
    assert _public(type(progress_updater.step("step", optional=True))) == sorted(
        [*HANDLE_METHODS, "exception"]
    )


def test_every_public_name_is_documented() -> None:
    documented = [getattr(progress_updater, name) for name in PUBLIC]
    documented += [getattr(progress_updater.TaskUpdater, name) for name in UPDATER]
    documented += [getattr(type(progress_updater.step("step")), name) for name in HANDLE_METHODS]
    assert all(inspect.getdoc(item) for item in documented)


def test_the_founding_arguments_of_an_updater_keep_their_order() -> None:
    parameters = list(inspect.signature(progress_updater.TaskUpdater).parameters)
    assert parameters[:3] == ["task_uuid", "task_name", "verbose"]


def test_the_errors_of_the_app_have_one_base() -> None:
    assert issubclass(progress_updater.TaskCancelled, progress_updater.ProgressUpdaterError)
    assert not issubclass(progress_updater.ProgressUpdaterError, RuntimeError)
