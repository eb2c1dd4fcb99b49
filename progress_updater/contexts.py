"""For whom, and about what, the tasks are that are sent."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from progress_updater.recording.clean import printed
from progress_updater.recording.context import TaskContext
from progress_updater.recording.context import task_context as current
from progress_updater.recording.guard import guard

if TYPE_CHECKING:
    from django.db.models import Model


@contextmanager
def task_context(
    *, owner: object = None, tags: Iterable[str] = (), about: "Model | str | None" = None
) -> Iterator[None]:
    """Say whose tasks are sent inside the block; tasks that these send inherit it.

    Args:
        owner: a user, or the text of its primary key; None keeps the one around.
        tags: words to find the tasks by; they are added to those around.
        about: the model instance that they work on, or "app.model:pk"; None keeps the one around.

    Yields:
        Nothing.
    """
    around = current.get()
    inner = TaskContext(
        owner=around.owner if owner is None else owner_key(owner),
        about=around.about if about is None else subject_key(about),
        tags=tuple(dict.fromkeys((*around.tags, *tag_words(tags)))),
    )
    token = current.set(inner)
    try:
        yield
    finally:
        current.reset(token)


@guard.wrap("tell whose a task is", None)
def owner_key(owner: object) -> str | None:
    """Give the text that a task keeps of its owner.

    Args:
        owner: a user, the text of its primary key, or None.

    Returns:
        str(user.pk); None for nobody, and for an anonymous user.
    """
    key = getattr(owner, "pk", None) if hasattr(owner, "is_authenticated") or hasattr(owner, "pk") else owner
    return None if key is None else printed(key)


@guard.wrap("tell what a task is about", None)
def subject_key(about: "Model | str | None") -> str | None:
    """Give the text that a task keeps of what it is about.

    Args:
        about: a saved model instance, "app.model:pk", or None.

    Returns:
        "app.model:pk"; None for nothing, and for an instance that is not saved.
    """
    if about is None or isinstance(about, str):
        return about
    if about.pk is None:
        return None
    from progress_updater.querysets import about_key

    return about_key(about)


@guard.wrap("read the tags of a task", ())
def tag_words(tags: Iterable[object] | None) -> tuple[str, ...]:
    """Give the texts that a task keeps of its tags.

    Args:
        tags: words; a single text is one word.

    Returns:
        A text for each.
    """
    return (tags,) if isinstance(tags, str) else tuple(map(printed, tags or ()))
