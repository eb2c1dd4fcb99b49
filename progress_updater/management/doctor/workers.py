"""Examinations of Celery: the broker and the workers."""

from typing import Any, Final

from celery import Celery

from progress_updater.integrations.celery import probe
from progress_updater.management.doctor.deadline import until
from progress_updater.management.doctor.patient import Patient
from progress_updater.management.doctor.report import Problem

ASK_FOR: Final = 1.0  # seconds that workers have to answer a question

START_ONE: Final = "Start one: celery -A <your project> worker"
EAGER: Final = "not needed: task_always_eager runs tasks in this process"


def broker(patient: Patient) -> str:
    """Connect to the broker."""
    if patient.app.conf.task_always_eager:
        return EAGER
    with patient.app.connection_for_write() as connection:
        address: str = connection.as_uri()
        try:
            connection.ensure_connection(max_retries=1, interval_start=0, timeout=patient.timeout)
        except Exception as error:
            raise Problem(
                f"{address} does not answer: {error}",
                "Start the broker, or correct the setting broker_url (mostly written CELERY_BROKER_URL).",
            ) from error
        return address


def worker(patient: Patient) -> str:
    """Ask for workers."""
    if patient.app.conf.task_always_eager:
        return EAGER
    names = _ask(patient, "ping")
    if not names:
        raise Problem(
            f"no worker answers within {patient.timeout:g} seconds",
            f"{START_ONE}. One of the pool solo answers only between two tasks.",
        )
    return ", ".join(sorted(names))


def app(patient: Patient) -> str:
    """Ask the workers whether they know the app's probe task."""
    if patient.app.conf.task_always_eager:
        return EAGER
    tasks = _ask(patient, "registered") or {}
    knowing = sorted(name for name, known in tasks.items() if probe.NAME in known)
    others = sorted(tasks.keys() - knowing)
    if not knowing:
        raise Problem(
            f"no worker knows the app: {', '.join(others) or 'none answered'}",
            "Restart the workers, with progress_updater in the INSTALLED_APPS of their Django settings.",
        )
    found = f"known to {', '.join(knowing)}"
    return (
        f"{found}; not to {', '.join(others)}, which are no workers of this project, or too old"
        if others
        else found
    )


def queues(app: Celery) -> dict[str, list[str]]:
    """Ask which queues the workers take tasks from.

    Args:
        app: the project's Celery app.

    Returns:
        The queues by worker.
    """
    answers: dict[str, list[dict[str, Any]]] = app.control.inspect(timeout=ASK_FOR).active_queues() or {}
    return {name: [queue["name"] for queue in listed] for name, listed in answers.items()}


def _ask(patient: Patient, question: str) -> dict[str, Any] | None:
    inspect = patient.app.control.inspect(timeout=min(ASK_FOR, patient.timeout))
    return until(patient.timeout, getattr(inspect, question))
