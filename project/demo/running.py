"""`make demo`: the site with a few example tasks, until Ctrl-C."""

from math import inf

from project.demo.folder import kept_folder
from project.demo.options import Options
from project.demo.output import say
from project.demo.port import listen
from project.demo.site import Site, running_site
from project.demo.stop import StopSignals

EXAMPLES = ("hello", "import_orders", "founding", "monthly_report", "fetch_rates", "close_books")


def run_until_stopped(options: Options, stop: StopSignals) -> None:
    """Run the site with examples until a signal comes.

    Args:
        options: the user's choices.
        stop: the signals that end it.
    """
    with (
        listen(options.port) as listening,
        kept_folder(options.folder) as folder,
        running_site(folder, listening, stop) as site,
    ):
        site.send(*EXAMPLES)
        say(_welcome(site, folder=str(folder)))
        try:
            site.processes.wait_until(lambda: False, inf, "")
        finally:
            say("\nStopping ...")


def _welcome(site: Site, folder: str) -> str:
    login = site.login
    return f"""
{len(EXAMPLES)} example tasks are on their way. Look at them here, and log in at the admin first:

    Admin      {site.address}/admin/progress_updater/tasklog/
    API        {site.address}/api/tasklogs/
    OpenAPI    {site.address}/api/docs/

    Login      {login["name"]} / {login["password"]}
    Terminal   curl -H "Authorization: Token {login["token"]}" {site.address}/api/tasklogs/

Databases, queue and logs are in {folder}. Ctrl-C stops everything.
"""
