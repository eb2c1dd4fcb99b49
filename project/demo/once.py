"""`make demo ONCE=1`: run the founding example, print what the API answers, leave nothing behind."""

import json
import sys
from http import HTTPStatus
from typing import Any

from project.demo.errors import TookTooLong
from project.demo.folder import passing_folder
from project.demo.http import Answer, get
from project.demo.options import Options
from project.demo.output import say
from project.demo.port import listen
from project.demo.site import Site, running_site
from project.demo.stop import StopSignals

FINISH_WITHIN = 90.0  # seconds


def run_once(options: Options, stop: StopSignals) -> None:
    """Run the founding example and print its JSON, alone, on stdout.

    Args:
        options: the user's choices.
        stop: the signals that end it.
    """
    with (
        passing_folder() as folder,
        listen(options.port) as listening,
        running_site(folder, listening, stop) as site,
    ):
        say("Running project.tasks.founding ...")
        answer = _finished(site, *site.send("founding"))
    sys.stdout.buffer.write(answer.body + b"\n")
    sys.stdout.flush()


def _finished(site: Site, task_id: str) -> Answer:
    answers = [Answer(status=0, body=b"")]

    def is_finished() -> bool:
        answers.append(_read(site, task_id))
        return bool(_json(answers[-1]).get("finished"))

    try:
        site.processes.wait_until(is_finished, FINISH_WITHIN, f"task {task_id} did not finish")
    except TookTooLong:
        say(f"The last answer of the API: {answers[-1]}")
        raise
    return _read(site, task_id)


def _read(site: Site, task_id: str) -> Answer:
    return get(site.port, f"/api/tasklogs/{task_id}/", token=site.login["token"])


def _json(answer: Answer) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(answer.body) if answer.status == HTTPStatus.OK else {}
    return found
