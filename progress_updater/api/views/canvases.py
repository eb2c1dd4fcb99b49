"""The whole tree of tasks that one task belongs to."""

from rest_framework.request import Request
from rest_framework.response import Response

from progress_updater import snapshot
from progress_updater.api.schema import TaskTree
from progress_updater.api.views.bearers import BearerView


class TaskLogTree(BearerView):
    """Show all tasks of a workflow, whichever of them is asked for: chains, groups, and what tasks sent."""

    operation = "tasklogs_tree_retrieve"
    answers = (TaskTree,)

    def get(self, request: Request, task_uuid: str) -> Response:
        """Answer with them, nested; those of other people are left out."""
        return Response(snapshot.canvas(self.log(task_uuid), self.reader.logs, self.audience))
