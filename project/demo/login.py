"""The demo's login: a superuser whose password only this folder knows."""

from django.conf import settings
from django.contrib.auth.models import User
from rest_framework.authtoken.models import Token

from project.embedded import kept_secret

NAME = "demo"


def make_login() -> dict[str, str]:
    """Make the superuser, or find the one of the last time.

    Returns:
        Its name, password and API token.
    """
    password = kept_secret(settings.VAR_DIR / "demo-password", 9)
    user, _ = User.objects.get_or_create(username=NAME, is_staff=True, is_superuser=True)
    if not user.check_password(password):
        user.set_password(password)
        user.save()
    token, _ = Token.objects.get_or_create(user=user)
    return {"name": NAME, "password": password, "token": token.key}
