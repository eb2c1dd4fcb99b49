"""Task logs in Django's admin: to look at, not to edit."""

from django.contrib import admin

from progress_updater.admin.subjects import TaskLogsMixin
from progress_updater.admin.tasklogs import TaskLogAdmin
from progress_updater.models import TaskLog

__all__ = ["TaskLogAdmin", "TaskLogsMixin"]

admin.site.register(TaskLog, TaskLogAdmin)
