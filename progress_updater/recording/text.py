"""The classic text of a record: its wording, line by line, and nowhere else.

The wording is the founding contract, byte for byte, and is therefore not translated.
"""


def step_opened(name: str, *, task_name: str | None) -> str:
    """Write the line of a step that begins.

    Args:
        name: the step's name.
        task_name: the task's name for a step of the first level, None for a nested one.

    Returns:
        One line.
    """
    return f"\t - {task_name or ''}{name}\n"


def said(text: str) -> str:
    """Write the line of a message.

    Args:
        text: what the author said.

    Returns:
        One line, or several where the text has several.
    """
    return f"\t{text}\n"


def step_succeeded(seconds: float) -> str:
    """Write the closing lines of a step without child steps that went well.

    Args:
        seconds: how long it took.

    Returns:
        Two lines.
    """
    return f"\t\tSuccessfully completed\n{_time_spent(seconds)}"


def step_failed(seconds: float, exception_type: str | None, exception_text: str | None) -> str:
    """Write the closing lines of a step that did not go well.

    Args:
        seconds: how long it took.
        exception_type: the qualified name of the exception's class, None where there is no exception to show.
        exception_text: what it said.

    Returns:
        Two lines, and two more for an exception.
    """
    lines = f"\t\tFailed\n{_time_spent(seconds)}"
    if exception_type is None:
        return lines
    return f"{lines}\t\tSee error message:\n<class '{exception_type}'>: {exception_text or ''}\n"


def task_finished(succeeded: int, jobs: int) -> str:
    """Write the last line of a record.

    Args:
        succeeded: jobs (steps without child steps) that went well.
        jobs: all of them.

    Returns:
        One line.
    """
    return f"\tTask Finished - {succeeded} out of {jobs} jobs finished\n"


def _time_spent(seconds: float) -> str:
    minutes = int(max(0.0, seconds) // 60)
    return f"\t\tTime spent: {minutes // 60}h{minutes % 60}m\n"
