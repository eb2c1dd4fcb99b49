"""The admin works in a project that has no Django REST framework."""

import subprocess
import sys
import textwrap
from pathlib import Path

SITE = """
    import sys

    for name in ("rest_framework", "drf_spectacular"):
        sys.modules[name] = None  # importing it fails, as where it is not installed

    import django
    from django.conf import settings

    settings.configure(
        SECRET_KEY="x",
        ALLOWED_HOSTS=["testserver"],
        INSTALLED_APPS=[
            "django.contrib.admin", "django.contrib.auth", "django.contrib.contenttypes",
            "django.contrib.sessions", "django.contrib.messages", "progress_updater",
        ],
        MIDDLEWARE=[
            "django.contrib.sessions.middleware.SessionMiddleware",
            "django.contrib.auth.middleware.AuthenticationMiddleware",
            "django.contrib.messages.middleware.MessageMiddleware",
        ],
        TEMPLATES=[{
            "BACKEND": "django.template.backends.django.DjangoTemplates",
            "APP_DIRS": True,
            "OPTIONS": {"context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ]},
        }],
        DATABASES={"default": {
            "ENGINE": "django.db.backends.sqlite3", "NAME": sys.argv[1],
            "OPTIONS": {"transaction_mode": "IMMEDIATE", "init_command": "PRAGMA journal_mode=WAL"},
        }},
        ROOT_URLCONF="tests.admin.urls_without_api",
        STATIC_URL="static/",
        USE_TZ=True,
    )
    django.setup()

    from django.contrib.auth.models import User
    from django.core.management import call_command
    from django.test import Client

    call_command("check")
    call_command("migrate", verbosity=0)

    from tests.rows import the_founding_log

    log = the_founding_log()
    client = Client()
    client.force_login(User.objects.create_superuser("admin"))
    for address in ("", f"{log.pk}/change/"):
        response = client.get(f"/admin/progress_updater/tasklog/{address}")
        print(response.status_code, "ZeroDivisionError" in response.content.decode())
"""


def test_the_list_and_the_page_work_where_rest_framework_is_not_installed(tmp_path: Path) -> None:
    ran = subprocess.run(
        [sys.executable, "-W", "error", "-c", textwrap.dedent(SITE), str(tmp_path / "site.sqlite3")],
        capture_output=True, text=True, timeout=120, check=False, cwd=Path(__file__).parents[2],
    )  # fmt: skip
    assert ran.returncode == 0, ran.stderr
    assert ran.stdout.splitlines()[-2:] == ["200 False", "200 True"]
