"""The columns of the list, made from each row's record."""

from typing import Any

from django.contrib import admin
from django.template.loader import render_to_string
from django.utils.translation import gettext_lazy as _

from progress_updater import wording

TEMPLATES = "admin/progress_updater/tasklog/"


class ListColumns:
    """What the list shows beside the columns of the table."""

    @admin.display(description=_("state"))
    def shown_state(self, log: Any) -> str:
        """Show the state as a badge."""
        return render_to_string(f"{TEMPLATES}state.html", {"of": log.record})

    @admin.display(description=_("progress"))
    def shown_progress(self, log: Any) -> str:
        """Show a bar, where there is a total, and the count in words."""
        return render_to_string(f"{TEMPLATES}progress.html", {"progress": log.record["progress"]})

    @admin.display(description=_("duration"))
    def shown_duration(self, log: Any) -> str | None:
        """Show how long it took, or has taken up to now."""
        seconds = log.record["runtime"]
        return None if seconds is None else wording.duration(seconds)

    @admin.display(description=_("owner"))
    def shown_owner(self, log: Any) -> str | None:
        """Show the user name of the owner, or what else the owner is called."""
        owner: str | None = log.record["owner"]
        return owner
