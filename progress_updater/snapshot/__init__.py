"""Tables to JSON: the only code that does it. API, pages, admin and commands call what is named here.

Everything takes a log as it was just read and the audience for whom the answer is made, and returns plain
dictionaries whose keys stand in the order of the answer.
"""

from progress_updater.snapshot.activity import Activity, activity
from progress_updater.snapshot.canvas_json import canvas
from progress_updater.snapshot.entry_pages import MESSAGE_ORDER, STEP_ORDER, messages_page, steps_page
from progress_updater.snapshot.items import BY_TAG, NEWEST_FIRST, item, items, items_page
from progress_updater.snapshot.keys import DELTA, DETAIL, ITEM
from progress_updater.snapshot.liveness import is_alive
from progress_updater.snapshot.nested import nested
from progress_updater.snapshot.paging import Order, Page, Position, read_page
from progress_updater.snapshot.places import read_number, read_time
from progress_updater.snapshot.reading import UnknownAttempt
from progress_updater.snapshot.record import DELTA_LIMIT, delta, detail
from progress_updater.snapshot.times import seconds_between, timestamp
from progress_updater.snapshot.whole_text import text_of

__all__ = [
    "BY_TAG",
    "DELTA",
    "DELTA_LIMIT",
    "DETAIL",
    "ITEM",
    "MESSAGE_ORDER",
    "NEWEST_FIRST",
    "STEP_ORDER",
    "Activity",
    "Order",
    "Page",
    "Position",
    "UnknownAttempt",
    "activity",
    "canvas",
    "delta",
    "detail",
    "is_alive",
    "item",
    "items",
    "items_page",
    "messages_page",
    "nested",
    "read_number",
    "read_page",
    "read_time",
    "seconds_between",
    "steps_page",
    "text_of",
    "timestamp",
]
