"""Run the demo: `python -m project.demo`."""

import os
import sys

from project.demo.errors import DemoError
from project.demo.once import run_once
from project.demo.options import read_options
from project.demo.output import say
from project.demo.running import run_until_stopped
from project.demo.stop import StopAsked, StopSignals


def main() -> int:
    """Run the demo as the environment says.

    Returns:
        The process's exit code: 0, 1 with a sentence on stderr, or 128 + the signal that ended ONCE=1.
    """
    with StopSignals() as stop:
        try:
            options = read_options(os.environ)
            run = run_once if options.once else run_until_stopped
            run(options, stop)
        except StopAsked as asked:
            say("Stopped.")
            return 128 + asked.signal if os.environ.get("ONCE") else 0
        except DemoError as error:
            say(f"\n{error}")
            return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
