"""For whom there is a column in the tables, and what they get."""

from typing import Any, Final, NamedTuple

from django.contrib.auth import get_user_model
from django.contrib.auth.models import Permission
from django.test import Client

from progress_updater.api.tokens import HEADER
from progress_updater.tokens import token_for
from tests.access.endpoints import Request
from tests.access.records import OWNER, all_records
from tests.rows import ALog

AUDIENCES: Final = ("anonymous", "token", "other", "owner", "viewer", "details", "superuser")
_PERMISSIONS: Final = {"viewer": "view_tasklog", "details": "view_tasklog_details"}


class Answers(NamedTuple):
    """What somebody got at one row of the table of statuses."""

    statuses: set[int]
    bodies: list[Any]
    """JSON or texts, of answers that are no error."""
    text: str
    """All of it, headers too."""


def clients() -> dict[str, Client]:
    """Make a client of each audience; all that are users may enter the admin."""
    return {audience: _client(audience) for audience in AUDIENCES}


def _client(audience: str) -> Client:
    client = Client()
    if audience in {"anonymous", "token"}:
        return client
    columns: dict[str, Any] = {"pk": OWNER} if audience == "owner" else {}
    user = get_user_model().objects.create_user(
        audience, is_staff=True, is_superuser=audience == "superuser", **columns
    )
    user.user_permissions.add(*Permission.objects.filter(codename=_PERMISSIONS.get(audience)))
    client.force_login(user)
    return client


def ask_as_everybody(asking: dict[str, Client], request: Request) -> dict[str, Answers]:
    """Ask as each audience; what changes something is asked of tasks that are new each time."""
    if request.method == "GET":
        with all_records() as logs:
            return {audience: ask(asking[audience], audience, request, logs) for audience in AUDIENCES}
    found = {}
    for audience in AUDIENCES:
        with all_records() as logs:
            found[audience] = ask(asking[audience], audience, request, logs)
    return found


def ask(client: Client, audience: str, request: Request, logs: dict[str, ALog]) -> Answers:
    """Ask for all tasks that a row is about."""
    answers = Answers(set(), [], "")
    for task, address in request.addresses(logs):
        headers = {HEADER: token_for(task)} if audience == "token" else {}
        answer = client.generic(request.method, address, headers=headers, content_type="application/json")
        content = b"".join(answer) if answer.streaming else answer.content
        answers = _with(answers, answer, content.decode(errors="replace"))
    return answers


def _with(answers: Answers, answer: Any, text: str) -> Answers:
    is_json = answer.headers.get("Content-Type") == "application/json"
    bodies = [answer.json() if is_json else text] if answer.status_code < 300 and text else []
    return Answers(
        {*answers.statuses, answer.status_code},
        [*answers.bodies, *bodies],
        f"{answers.text}\n{answer.headers}\n{text}",
    )
