"""The names of a task's positional parameters, by which secrets among its arguments are found."""

from inspect import Parameter, signature
from typing import Any, Final
from weakref import WeakKeyDictionary

_POSITIONAL: Final = (Parameter.POSITIONAL_ONLY, Parameter.POSITIONAL_OR_KEYWORD)

_known: Final["WeakKeyDictionary[Any, tuple[str, ...]]"] = WeakKeyDictionary()


def parameters_of(task: Any) -> tuple[str, ...]:
    """Name the positional parameters of a task's function.

    Args:
        task: the task, None where it is not known in this process.

    Returns:
        The names in their order, without the task itself where it is bound; none where nobody can tell.
    """
    if task is None:
        return ()
    try:
        names = _known.get(task)
        if names is None:
            names = _known[task] = _read(task)
    except TypeError:
        # The proxy of a shared task cannot be a key.
        return _read(task)
    return names


def _read(task: Any) -> tuple[str, ...]:
    try:
        parameters = signature(task.run).parameters.values()
    except (TypeError, ValueError):
        return ()
    return tuple(each.name for each in parameters if each.kind in _POSITIONAL)
