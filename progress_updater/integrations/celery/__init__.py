"""How Celery drives the recording: the only place that connects its signals."""

from celery import signals

from progress_updater.integrations.celery import (
    custom_state,
    execution,
    kernel_kills,
    preloading,
    probe,
    publishing,
    received,
    recovery,
    settling,
)

__all__ = ["connect", "probe"]


def connect() -> None:
    """Connect Celery's signals; calling it again changes nothing."""
    for signal, receiver in (
        (signals.worker_init, preloading.load_writing),
        (signals.celeryd_after_setup, kernel_kills.begin_to_count),
        (signals.worker_ready, recovery.watch_journals),
        (signals.worker_process_shutdown, recovery.close_process),
        (signals.before_task_publish, publishing.prepare),
        (signals.after_task_publish, publishing.record_sent),
        (signals.task_prerun, execution.begin_run),
        (signals.task_retry, execution.note_retry),
        (signals.task_failure, execution.note_failure),
        (signals.task_postrun, execution.end_run),
        (signals.task_received, received.remember),
        (signals.task_revoked, settling.settle_revoked),
        (signals.task_unknown, settling.settle_unknown),
        (signals.task_rejected, settling.settle_refused),
    ):
        signal.connect(receiver, weak=False, dispatch_uid=f"progress_updater.{receiver.__name__}")
    custom_state.wrap_update_state()
