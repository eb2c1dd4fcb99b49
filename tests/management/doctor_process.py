"""The site's manage.py with the queue of a test: python -m tests.management.doctor_process …"""

import sys

from django.core.management import execute_from_command_line

from tests.acceptance.app import app

if __name__ == "__main__":
    app.set_default()
    execute_from_command_line(["manage.py", *sys.argv[1:]])
