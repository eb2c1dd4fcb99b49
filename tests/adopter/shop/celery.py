"""Celery with a Task class of the project's own."""

import os
from typing import Any

from celery import Celery, Task

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "shop.settings")

CALLS: list[str] = []


class ShopTask(Task):
    """Count the calls, and keep the states for itself."""

    abstract = True

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        CALLS.append(self.name)
        return super().__call__(*args, **kwargs)

    def apply_async(self, *args: Any, **kwargs: Any) -> Any:
        return super().apply_async(*args, **kwargs)

    def update_state(self, *args: Any, **kwargs: Any) -> Any:
        return super().update_state(*args, **kwargs)


app = Celery("shop", task_cls="shop.celery:ShopTask")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks(["shop"])
