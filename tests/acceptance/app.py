"""The demo site's Celery app with the tasks of these tests, and a queue of the test's own."""

import os

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "project.settings")

import django

from project.celery import app

django.setup()

QUEUE = os.environ["TEST_QUEUE"]
CONTROL = os.environ.get("TEST_CONTROL", "celery")

app.conf.update(
    imports=(
        "project.tasks",
        *(
            f"tests.acceptance.{name}"
            for name in ("tasks", "paced", "canvases", "canvas_fates", "polled", "holding")
        ),
    ),
    task_default_queue=QUEUE,
    # RabbitMQ would hand what one site tells its workers to those of all.
    control_exchange=CONTROL,
    # Redis keeps more than the queue: all its keys begin alike.
    broker_transport_options={**app.conf.broker_transport_options, "global_keyprefix": QUEUE},
    result_backend_transport_options={"global_keyprefix": QUEUE},
    worker_prefetch_multiplier=1,
    broker_connection_retry_on_startup=True,
    worker_hijack_root_logger=False,
    worker_pool_restarts=True,
)
