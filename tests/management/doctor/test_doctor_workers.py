"""Examinations of the broker and of workers, where they are missing; with real workers: test_doctor.py."""

import pytest
from celery import Celery

from progress_updater.management.doctor import workers
from progress_updater.management.doctor.report import Problem
from tests.management.doctor.conftest import MakePatient


@pytest.mark.parametrize("address", ["redis://:secret@127.0.0.1:1/0", "amqp://guest:secret@127.0.0.1:1//"])
def test_a_broker_that_is_not_there_is_a_problem_that_keeps_the_password(
    make_patient: MakePatient, address: str
) -> None:
    app = Celery("nowhere", broker=address, set_as_current=False)
    with pytest.raises(Problem, match="does not answer") as caught:
        workers.broker(make_patient(app=app))
    assert "127.0.0.1:1" in caught.value.detail
    assert "secret" not in caught.value.detail
    assert "CELERY_BROKER_URL" in caught.value.remedy


def test_a_broker_that_answers_is_told_by_its_address(make_patient: MakePatient, lonely_app: Celery) -> None:
    assert "memory" in workers.broker(make_patient(app=lonely_app))


def test_no_worker_is_a_problem(make_patient: MakePatient, lonely_app: Celery) -> None:
    with pytest.raises(Problem, match=r"no worker answers within 0\.2 seconds") as caught:
        workers.worker(make_patient(app=lonely_app))
    assert "celery -A" in caught.value.remedy


def test_no_worker_that_knows_the_app_is_a_problem(make_patient: MakePatient, lonely_app: Celery) -> None:
    with pytest.raises(Problem, match="no worker knows the app") as caught:
        workers.app(make_patient(app=lonely_app))
    assert "INSTALLED_APPS" in caught.value.remedy


def test_no_worker_takes_tasks_from_nothing(lonely_app: Celery) -> None:
    assert workers.queues(lonely_app) == {}


@pytest.mark.parametrize("examination", [workers.broker, workers.worker, workers.app])
def test_eager_tasks_need_neither_broker_nor_worker(
    make_patient: MakePatient, lonely_app: Celery, examination: object
) -> None:
    lonely_app.conf.task_always_eager = True
    assert examination(make_patient(app=lonely_app)) == workers.EAGER
