"""Patients of the doctor."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from celery import Celery, current_app

from progress_updater.management.doctor.patient import Patient
from progress_updater.settings import current

MakePatient = Callable[..., Patient]


@pytest.fixture
def make_patient() -> MakePatient:
    """Make a patient that is not waited for long, with Celery's current app unless another is given."""

    def make(**known: Any) -> Patient:
        app = known.pop("app", None) or current_app._get_current_object()
        return Patient(**{"timeout": 0.2, "app": app, "alias": current().DATABASE, **known})

    return make


@pytest.fixture
def lonely_app() -> Iterator[Celery]:
    """Give a Celery app with a broker that works, and no worker."""
    app = Celery("lonely", broker="memory://lonely", set_as_current=False)
    yield app
    app.close()


@pytest.fixture
def stored(settings: Any) -> None:
    """Store records through the connection of whoever makes them."""
    settings.PROGRESS_UPDATER = {**settings.PROGRESS_UPDATER, "SINK": "inline"}


@pytest.fixture
def eager(stored: None) -> Iterator[None]:
    """Run tasks where they are sent."""
    before = current_app.conf.task_always_eager
    current_app.conf.task_always_eager = True
    yield
    current_app.conf.task_always_eager = before
