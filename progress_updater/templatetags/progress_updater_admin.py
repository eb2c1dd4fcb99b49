"""What the admin's templates need to show a record."""

import json
from datetime import datetime
from typing import Any

from django import template
from django.utils import timezone

from progress_updater import wording

register = template.Library()

register.filter("duration", wording.duration)
register.filter("count", wording.count)
register.filter("remaining", wording.remaining)


@register.filter
def state_name(state: str) -> Any:
    """Name a state in the reader's language."""
    return wording.STATE_NAMES.get(state, state)


@register.filter
def moment(text: str) -> datetime:
    """Read a time of a record, in the reader's time zone."""
    return timezone.localtime(datetime.fromisoformat(text))


@register.filter
def json_text(data: object) -> str:
    """Write a message's data."""
    return json.dumps(data, indent=2, ensure_ascii=False)
