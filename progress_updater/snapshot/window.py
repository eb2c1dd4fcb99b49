"""The entries of a delta: what changed after a cursor, of all attempts, and not too much at once."""

from django.db.models import Case, F, When

from progress_updater.snapshot.entries import Entries, gaps_among
from progress_updater.snapshot.reading import Reading
from progress_updater.snapshot.rows import MessageRow, StepRow, messages_of, rows, steps_of


def read_window(reading: Reading, *, after: int, limit: int) -> Entries:
    """Read what a reader at a cursor does not know yet.

    A step is there if it appeared or changed in the stretch. One that appeared in it and has changed since
    is there as it is now, and once more in the delta of that change.

    Args:
        reading: the look at the log.
        after: the reader's cursor.
        limit: how many entries are read at the most.

    Returns:
        The entries; the stretch ends where all of them fit in.
    """
    attempt_id = reading.asked_for.id if reading.asked_for else None
    steps = _changed_steps(reading.log.pk, attempt_id, after, reading.log.seq, limit)
    messages = _new_messages(reading, attempt_id, after, limit)
    places = sorted([*(_place(step, after) for step in steps), *(message.seq for message in messages)])
    upto = reading.log.seq if len(places) <= limit else max(places[0], places[limit] - 1)
    kept = [message for message in messages if message.seq <= upto]
    return Entries(
        after=after,
        upto=upto,
        steps=[step for step in steps if _place(step, after) <= upto],
        messages=kept,
        gaps=gaps_among(kept),
        more=upto < reading.log.seq,
    )


def _changed_steps(log_id: int, attempt_id: int | None, after: int, seq: int, limit: int) -> list[StepRow]:
    first_place = Case(When(opened_seq__gt=after, then=F("opened_seq")), default=F("seq"))
    query = steps_of(log_id, attempt_id).filter(seq__gt=after).annotate(place=first_place)
    return rows(StepRow, query.filter(place__lte=seq).order_by("place")[: limit + 1])


def _place(step: StepRow, after: int) -> int:
    return step.opened_seq if step.opened_seq > after else step.seq


def _new_messages(reading: Reading, attempt_id: int | None, after: int, limit: int) -> list[MessageRow]:
    query = messages_of(reading.log.pk, reading.audience, attempt_id)
    query = query.filter(seq__gt=after, seq__lte=reading.log.seq).order_by("seq")
    return rows(MessageRow, query[: limit + 1])
