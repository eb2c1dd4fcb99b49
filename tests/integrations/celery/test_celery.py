"""The signals are connected once."""

from celery import signals

from progress_updater.integrations.celery import connect

SIGNALS = (
    signals.worker_init,
    signals.celeryd_after_setup,
    signals.before_task_publish,
    signals.after_task_publish,
    signals.task_prerun,
    signals.task_retry,
    signals.task_failure,
    signals.task_postrun,
    signals.task_revoked,
    signals.task_unknown,
    signals.task_rejected,
)


def test_each_signal_has_one_receiver_of_ours() -> None:
    connect()
    for signal in SIGNALS:
        assert len([key for key, _ in signal.receivers if "progress_updater." in str(key)]) == 1
