"""Start Celery's own command with the app of these tests: python -m tests.acceptance.worker worker …"""

import os
import sys

if os.environ.get("TEST_POOL") == "gevent":
    from gevent import monkey

    monkey.patch_all()

from tests.acceptance.app import app

if __name__ == "__main__":
    app.start(sys.argv[1:])
