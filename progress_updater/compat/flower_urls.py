"""The addresses of Flower that only read tasks.

`path("flower/", include("progress_updater.compat.flower_urls"))` answers at "flower/api/tasks".
"""

from django.urls import path

from progress_updater.compat.flower import TaskInfo, TaskList, TaskTypes

app_name = "flower"

urlpatterns = [
    path("api/tasks", TaskList.as_view(), name="tasks"),
    path("api/task/types", TaskTypes.as_view(), name="task_types"),
    path("api/task/info/<path:taskid>", TaskInfo.as_view(), name="task_info"),
]
