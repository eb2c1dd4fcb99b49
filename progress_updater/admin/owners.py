"""The names of owners: a log only knows the text of a user's primary key."""

from collections.abc import Collection
from typing import Any

from django.contrib.auth import get_user_model
from django.core.exceptions import ValidationError


def names_of_owners(owners: Collection[str]) -> dict[str, str]:
    """Look up users, in one query.

    Args:
        owners: texts of primary keys; others, such as names of services, are no users.

    Returns:
        The user name by the text; users that are gone are missing.
    """
    users = get_user_model()
    keys: list[Any] = [key for key in map(_key_of, owners) if key is not None]
    if not keys:
        return {}
    return {str(user.pk): user.get_username() for user in users._default_manager.filter(pk__in=keys)}


def name_of_owner(owner: str | None) -> str | None:
    """Look up one user.

    Args:
        owner: the text of a primary key, None for a log without an owner.

    Returns:
        The user name, or the text itself where there is no such user.
    """
    return None if owner is None else names_of_owners([owner]).get(owner, owner)


def _key_of(owner: str) -> object:
    primary_key = get_user_model()._meta.pk
    assert primary_key is not None
    try:
        return primary_key.clean(owner, None)
    except ValidationError:
        return None
