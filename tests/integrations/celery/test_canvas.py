"""What a message foretells is what Celery sends later: compared with the messages of a real worker."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from celery import chain, chord, group, signals
from celery.canvas import Signature
from celery.result import GroupResult

from progress_updater.integrations.celery.canvas import MOST, Call, failing_bodies, rest_of, successors_of
from progress_updater.integrations.celery.places import outermost_group, place_of
from progress_updater.integrations.celery.signatures import DEEPEST
from project.celery import app
from tests.integrations.celery.tasks import silent, silent_again
from tests.waiting import wait_until


@pytest.fixture(autouse=True)
def stored() -> None:
    """Store no record: what the messages say is all that counts here."""


def task(name: str) -> Signature:
    """Return a call that says in its keyword arguments which one it is."""
    return silent_again.si(name=name)


def letters(text: str) -> list[Signature]:
    return [task(letter) for letter in text]


a, b, c, d, e, f, g, h = letters("abcdefgh")

SHAPES: dict[str, tuple[Callable[[], Signature], int]] = {
    "chain": (lambda: a | b | c, 3),
    "a long chain": (lambda: chain(letters("abcdefghijklmnopqrst")), 20),
    "group": (lambda: group(a, b), 2),
    "chord": (lambda: chord([a, b], c), 3),
    "chord with a chain as its body": (lambda: chord([a, b], c | d), 4),
    "group in a chain": (lambda: a | group(b, c) | d | e, 5),
    "group at the end of a chain": (lambda: a | group(b, c), 3),
    "two groups in a chain": (lambda: a | group(b, c) | group(d, e) | f, 6),
    "chains in a group": (lambda: group(a | b | c, d, e | f), 6),
    "chains in a header": (lambda: a | group(b | c, d) | e, 5),
    "groups in a group": (lambda: group(a, group(b, c)), 3),
    "chords in a header": (lambda: chord([chord([a, b], c), d], e), 5),
    "nested": (lambda: a | b | group(c | group(d, e) | f, g) | h, 8),
    "a group as the body": (lambda: chord([a, b], group(c, d)), 4),
    "chunks": (lambda: silent.chunks([(), (), ()], 2), 2),
    "chunks in a chain": (lambda: a | silent.chunks([(), (), ()], 2).group() | b, 4),
    "map": (lambda: a | silent_again.map(["x", "y"]) | b, 3),
    "starmap": (lambda: a | silent.starmap([(), ()]) | b, 3),
}

UNHEARD = "unheard"
"""A queue of which no worker takes."""

RENAMED = {"two groups in a chain", "a group as the body", "nested"}
"""Here Celery sends a group under another id than it told before."""


@pytest.fixture
def messages(worker: None) -> Iterator[dict[str, dict[str, Any]]]:
    """By id, what the messages say that are sent from now on, by this test and by the worker."""
    sent: dict[str, dict[str, Any]] = {}

    def note(headers: dict[str, Any], body: Any, **_: Any) -> None:
        # The worker may still be sending what an earlier test began.
        ours = headers["parent_id"] is None or headers["parent_id"] in sent
        if ours and headers["task"] != "celery.chord_unlock":
            sent.setdefault(headers["id"], {**body[2], **headers})

    signals.before_task_publish.connect(note)
    yield sent
    signals.before_task_publish.disconnect(note)


@pytest.mark.parametrize("shape", SHAPES)
def test_the_rest_of_a_canvas_is_known_from_its_first_messages(
    shape: str, messages: dict[str, dict[str, Any]]
) -> None:
    make, size = SHAPES[shape]
    make().apply_async()
    first = {key: fields for key, fields in list(messages.items()) if fields["parent_id"] is None}
    foretold = {call.id: call for fields in first.values() for call in rest_of(fields)}
    assert len(first | foretold) == size
    wait_until(lambda: len(messages) == size, what=f"{size} messages")
    assert first.keys() | foretold.keys() == messages.keys()
    for call in foretold.values():
        _is_as_foretold(call, messages, shape)


def _is_as_foretold(call: Call, messages: dict[str, dict[str, Any]], shape: str) -> None:
    fields = messages[call.id]
    assert call.name == fields["task"]
    place, sender = place_of(fields), messages[fields["parent_id"]]
    assert (call.place and call.place.position) == (place and place.position)
    if shape not in RENAMED:
        assert call.place == place
        waits_for = place_of(sender).group if call.follows_group else sender["id"]  # type: ignore[union-attr]
        assert call.previous == waits_for
    assert call.id in successors_of(sender)


def _from_outside(messages: dict[str, dict[str, Any]]) -> list[dict[str, Any]]:
    return [fields for fields in list(messages.values()) if fields["parent_id"] is None]


def test_a_task_alone_foretells_nothing(messages: dict[str, dict[str, Any]]) -> None:
    a.apply_async()
    (fields,) = _from_outside(messages)
    assert (rest_of(fields), place_of(fields), outermost_group(fields)) == ([], None, None)


def test_callbacks_have_no_ids_yet(messages: dict[str, dict[str, Any]]) -> None:
    signature = a.clone()
    signature.link(b)
    signature.link_error(c)
    signature.apply_async()
    assert rest_of(_from_outside(messages)[0]) == []


def test_the_outermost_group_is_that_of_the_whole(messages: dict[str, dict[str, Any]]) -> None:
    inner = chord([a | b, c], d)
    result = chord([inner | e, f], g).apply_async()
    first = _from_outside(messages)
    assert {outermost_group(fields) for fields in first} == {result.parent.id}


@pytest.mark.parametrize(
    "make",
    [
        lambda: group(chord([a, b], group(c, d)), e),
        lambda: chord([chord([a, b], group(c, d)), e], f),
        lambda: group(chord([a, b], group(group(c, d), e)), f),
        lambda: chord([a, chain(chord([b, c], chord([d], e)), group(f, g), chord([a, b], c))], h),
    ],
)
def test_a_chord_with_such_a_body_is_of_the_tree_around_it(
    make: Callable[[], Signature], messages: dict[str, dict[str, Any]]
) -> None:
    result = make().apply_async(queue=UNHEARD)
    with app.connection_for_write() as connection:
        connection.default_channel.queue_purge(UNHEARD)
    whole = result.id if isinstance(result, GroupResult) else result.parent.id
    assert {outermost_group(fields) for fields in _from_outside(messages)} == {whole}


def test_what_was_read_before_is_passed_over(messages: dict[str, dict[str, Any]]) -> None:
    chord([a, b], c | d | e).apply_async()
    one, another = _from_outside(messages)
    known = {call.id for call in rest_of(one)}
    assert len(known) == 3
    assert rest_of(another, known=known.__contains__) == []


def test_a_failing_member_of_a_header_fails_the_body(messages: dict[str, dict[str, Any]]) -> None:
    result = chord([a | b, c], d).apply_async()
    of_chain, alone = _from_outside(messages)
    last_of_chain = rest_of(of_chain)[0].id
    assert failing_bodies(of_chain) == {result.id: last_of_chain}
    assert failing_bodies(of_chain, with_chain=False) == {}
    assert failing_bodies(alone) == failing_bodies(alone, with_chain=False) == {result.id: alone["id"]}


def test_a_failing_member_of_a_header_fails_each_task_of_a_body_that_is_a_group(
    messages: dict[str, dict[str, Any]],
) -> None:
    chord([a, b], group(c, d)).apply_async()
    one = _from_outside(messages)[0]
    assert set(failing_bodies(one)) == {call.id for call in rest_of(one)}


@pytest.mark.parametrize(
    "fields",
    [
        {"chain": "abc"},
        {"chain": 17},
        {"chain": [None, 3, {"task": "b"}, {"options": None}]},
        {"chord": "abc"},
        {"chord": {"options": {"task_id": None}}},
        {"chord": {"subtask_type": "chord", "kwargs": {"header": None, "body": 3}}},
        {"chain": [{"subtask_type": "group", "kwargs": {"tasks": [None]}}]},
        {"chain": [{"subtask_type": "chain", "kwargs": {"tasks": []}}]},
        {"group": "g", "group_index": "first"},
    ],
)
def test_a_message_that_is_made_by_hand_does_no_harm(fields: dict[str, Any]) -> None:
    fields = {"id": "1", **fields}
    assert rest_of(fields) == []
    assert successors_of(fields) == {}
    assert failing_bodies(fields) == {}
    assert outermost_group(fields) is None


def test_endless_nesting_is_read_to_a_certain_depth() -> None:
    signature: dict[str, Any] = {"task": "t", "options": {"task_id": "innermost"}}
    for number in range(2 * DEEPEST):
        signature = {"task": "t", "options": {"task_id": str(number), "chain": [signature]}}
    assert len(rest_of({"id": "1", "chain": [signature]})) <= DEEPEST + 2


def test_of_a_very_long_chain_the_beginning_is_read() -> None:
    waiting = [{"task": "t", "options": {"task_id": str(number)}} for number in range(MOST + 5, 0, -1)]
    calls = rest_of({"id": "0", "chain": waiting})
    assert [calls[0].id, calls[-1].id, len(calls)] == ["1", str(MOST), MOST]
