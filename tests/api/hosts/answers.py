"""Print what the API of a project answers, as JSON. Run with HOST and HOST_FOLDER in the environment."""

import json
import os
import re
import sys
from typing import Any

import django

os.environ["DJANGO_SETTINGS_MODULE"] = "tests.api.hosts.settings"
django.setup()

REQUESTS = [
    "tasklogs/founding/",
    "tasklogs/founding/?after=3",
    "tasklogs/founding/?fields=state,start",
    "tasklogs/founding/?omit=log&attempt=1",
    "tasklogs/founding/messages/?page_size=2",
    "tasklogs/founding/steps/?state=FAILURE",
    "tasklogs/founding/log/",
    "tasklogs/?page_size=2",
    "tasklogs/?created_after=2019-08-08T14:54:10Z&state=FAILURE",
    "tasklogs/?page=2",
    "tasklogs/?limit=1",
    "tasklogs/?created_after=08.08.2019",
    "tasklogs/founding/?format=json",
    "tasklogs/unknown/",
    "schema/",
    "docs/",
]


def main() -> None:
    from django.contrib.auth import get_user_model
    from django.core.management import call_command
    from django.test import Client
    from rest_framework.authtoken.models import Token

    from progress_updater.tokens import token_for
    from tests.rows import a_log, the_founding_log

    call_command("migrate", verbosity=0)
    the_founding_log(task_uuid="founding", owner="1", tags=("a",))
    a_log("Größe", task_uuid="second", owner="1").finish()
    user = get_user_model().objects.create_superuser("reader")
    token = Client(headers={"Authorization": f"Token {Token.objects.create(user=user).key}"})
    session, nobody = Client(), Client()
    session.force_login(user)
    answers = {f"session {request}": answer(session, request) for request in REQUESTS}
    answers |= {f"token {request}": answer(token, request) for request in REQUESTS}
    answers["nobody"] = answer(nobody, REQUESTS[0])
    answers["bearer"] = answer(nobody, f"{REQUESTS[0]}?token={token_for('founding')}")
    answers["bad token"] = answer(nobody, f"{REQUESTS[0]}?token=nonsense")
    answers["german"] = answer(session, REQUESTS[0], headers={"Accept-Language": "de"})
    answers["post"] = answer(token, REQUESTS[0], method="post")
    answers["options"] = answer(token, REQUESTS[0], method="options")
    answers["html"] = answer(token, REQUESTS[0], headers={"Accept": "text/html"})
    known = session.get(f"/some/where/api/{REQUESTS[0]}").headers["ETag"]
    answers["known"] = answer(session, REQUESTS[0], headers={"If-None-Match": known})
    json.dump(answers, sys.stdout)


def answer(client: Any, request: str, *, method: str = "get", **options: Any) -> list[Any]:
    """Return status, headers and body, without the time of the answer."""
    found = getattr(client, method)(f"/some/where/api/{request}", **options)
    headers = {
        name: found.headers.get(name)
        for name in ("Content-Type", "Cache-Control", "Allow", "WWW-Authenticate")
    }
    return [found.status_code, headers, re.sub('"now":"[^"]*"', '"now":""', found.content.decode())]


if __name__ == "__main__":
    main()
