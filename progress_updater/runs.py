"""Begin the run of a task: where the settings, the recorder and the writer meet."""

from progress_updater.recording.changes import Identity
from progress_updater.recording.recorder import Recorder
from progress_updater.settings import current
from progress_updater.writing.channels import channel


def begin(
    task_uuid: str,
    identity: Identity,
    *,
    in_celery: bool = False,
    retries: int = 0,
    redelivered: bool = False,
    worker: str | None = None,
    only_if_used: bool = False,
) -> Recorder:
    """Begin to record a run.

    Args:
        task_uuid: the task's id, as it is stored.
        identity: what is known of the call.
        in_celery: whether Celery decides how the run ends.
        retries: how often the task was retried before.
        redelivered: whether the broker delivered the message again.
        worker: the name of the worker.
        only_if_used: leave no record of a run in which nothing was recorded.

    Returns:
        The recorder of the run.
    """
    settings = current()
    recorder = Recorder(
        task_uuid=task_uuid,
        identity=identity,
        channel=channel(),
        text_limit=settings.TEXT_LIMIT,
        max_steps=settings.MAX_STEPS,
        in_celery=in_celery,
        retries=retries,
        redelivered=redelivered,
        worker=worker,
        only_if_used=only_if_used,
    )
    recorder.announce()
    return recorder
