"""Examinations of the way of a task: the probe is sent, runs in a worker, and is read."""

from collections.abc import Callable
from typing import Any, Final

from django.utils import timezone

from progress_updater import snapshot, states
from progress_updater.integrations.celery.probe import ROUNDS, SAYS, probe
from progress_updater.management.doctor.deadline import until
from progress_updater.management.doctor.patient import Patient
from progress_updater.management.doctor.report import Problem
from progress_updater.management.doctor.workers import queues
from progress_updater.models import TaskLog
from progress_updater.policy import Audience
from progress_updater.writing.channels import flush

STEPS: Final = {"1": "Outer step", "1.1": "Inner step", "2": "Loop"}

SAME_SETTINGS: Final = (
    "Give the worker the same DATABASES and PROGRESS_UPDATER as this process, and look into its log for "
    "lines of progress_updater."
)
PLEASE_REPORT: Final = (
    "The worker may run another version of progress_updater: restart it. Else, please report this."
)


def sent(patient: Patient) -> str:
    """Send the probe, and look for its row."""
    patient.sent = timezone.now()
    patient.probe_id = probe.apply_async(expires=patient.timeout).id
    flush(patient.timeout)
    if _wait(patient, lambda log: log.seq > 0) is None:
        raise Problem(
            "the probe was sent, but there is no row of it",
            "Look into the log of this process for lines of progress_updater.",
        )
    return f"task {patient.probe_id}"


def start(patient: Patient) -> str:
    """Wait until a worker has begun the probe."""
    log = _wait(patient, lambda log: log.start is not None or states.is_finished(log.state))
    if log is None:
        raise Problem(
            f"no worker began the probe within {patient.timeout:g} seconds", _why_not_begun(patient)
        )
    return f"begun as attempt {log.attempts}" if log.start else f"ended before it began, as {log.state}"


def _why_not_begun(patient: Patient) -> str:
    queue, taken = _log(patient).queue, {name for names in queues(patient.app).values() for name in names}
    if queue in taken:
        return f"Its queue {queue!r} may be long, or the worker stores elsewhere. {SAME_SETTINGS}"
    return (
        f"No worker takes tasks from the queue {queue!r}, but from: {', '.join(sorted(taken)) or 'none'}. "
        f"Start one with -Q {queue}, or correct task_routes and task_default_queue."
    )


def end(patient: Patient) -> str:
    """Wait until the probe has ended."""
    log = _wait(patient, lambda log: states.is_finished(log.state))
    patient.seen = timezone.now()
    if log is None:
        raise Problem(
            f"the probe began, but its end is not stored within {patient.timeout:g} seconds", SAME_SETTINGS
        )
    if log.state != states.SUCCESS:
        raise Problem(
            f"the probe ended as {log.state}: {log.exception_type}: {log.exception}",
            f"Restart the worker, and look into its log for the task {patient.probe_id}.",
        )
    return str(log.state)


def steps(patient: Patient) -> str:
    """Read the probe's steps, its line and its count."""
    record = _record(patient)
    found = {step["path"]: step["name"] for step in record["steps"] if step["state"] == states.SUCCESS}
    counted = [step["progress"]["current"] for step in record["steps"] if step["progress"]]
    said = [message["text"] for message in record["messages"]]
    if (found, counted, said) != (STEPS, [ROUNDS], [SAYS]):
        raise Problem(f"not what the probe did: steps {found}, counted {counted}, said {said}", PLEASE_REPORT)
    return f"{len(found)} steps, {len(said)} message, {counted[0]} rounds counted"


def delta(patient: Patient) -> str:
    """Read the probe by its cursor, as live pages do."""
    record, log = _record(patient), _log(patient)
    whole = snapshot.delta(log, Audience.DETAILS, after=0)
    rest = snapshot.delta(log, Audience.DETAILS, after=whole["seq"])
    if whole["log"] != record["log"] or rest["steps"] or rest["messages"]:
        raise Problem("what changed is not what there is", PLEASE_REPORT)
    return f"complete at seq {whole['seq']}"


def _record(patient: Patient) -> dict[str, Any]:
    return snapshot.detail(_log(patient), Audience.DETAILS)


def _log(patient: Patient) -> TaskLog:
    log: TaskLog = TaskLog.objects.get(task_uuid=patient.probe_id)
    return log


def _wait(patient: Patient, condition: Callable[[TaskLog], bool]) -> TaskLog | None:
    def look() -> TaskLog | None:
        log: TaskLog | None = TaskLog.objects.filter(task_uuid=patient.probe_id).first()
        return log if log is not None and condition(log) else None

    return until(patient.timeout, look)
