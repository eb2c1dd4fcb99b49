"""Secrets that are known by their shape, wherever they stand: keys of well-known services, tokens, cards.

Sources: the documented prefixes of each service; ISO/IEC 7812 for the numbers of cards and their check digit;
RFC 7519 for JSON Web Tokens, RFC 6750 and 7617 for what follows Bearer and Basic, RFC 7468 for PEM.
"""

import re
from typing import Final

from progress_updater.writing.masking.mask import MASK

_KEY: Final = re.compile(
    r"""(?<![A-Za-z0-9])(?:
      (?:AKIA|ASIA)[A-Z0-9]{16}  # Amazon: the id, and the secret behind it
        (?:[\s:/,;|]{1,3}(?:[A-Za-z0-9/+]{40}(?![A-Za-z0-9/+])|[A-Za-z0-9/+]{8,39}(?=…)))?
    | gh[opsur]_[A-Za-z0-9]{20,}+ | github_pat_\w{20,}+ | glpat-[\w\-]{16,}+  # GitHub, GitLab
    | (?:sk|rk|pk)_(?:live|test)_[A-Za-z0-9]{8,}+ | whsec_[A-Za-z0-9+/=]{16,}+  # Stripe
    | xox[a-z]-[\w\-]{8,}+ | xapp-[\w\-]{8,}+  # Slack
    | AIza[\w\-]{30,}+ | ya29\.[\w\-]{16,}+  # Google
    | sk-[\w\-]{16,}+  # OpenAI, Anthropic
    | npm_[A-Za-z0-9]{30,}+ | pypi-[\w\-]{16,}+  # npm, PyPI
    | SG\.[\w\-]{16,}\.[\w\-]{16,}+ | SK[0-9a-f]{32}(?![0-9a-f])  # SendGrid, Twilio
    | hf_[A-Za-z0-9]{30,}+ | hvs\.[\w\-]{20,}+ | shp[a-z]{2}_[0-9a-f]{32}  # Hugging Face, Vault, Shopify
    | dop_v1_[0-9a-f]{64}  # DigitalOcean
    | eyJ[\w\-]{8,}+\.[\w\-]{4,}+(?:\.[\w\-]*+)*  # JSON Web Token
    )""",
    re.VERBOSE,
)
_SCHEME: Final = re.compile(
    r"\b(?P<scheme>bearer[ \t]+(?=\S{0,255}[\d._=-]|\S{20})|basic[ \t]+(?=\S{0,255}[\d=]|\S{20}))"
    r"[A-Za-z0-9\-._~+/]{6,}+=*",
    re.IGNORECASE,
)
_PRIVATE: Final = r"[A-Z0-9 ]{0,40}PRIVATE KEY(?: BLOCK)?-----"
_PEM: Final = re.compile(rf"-----BEGIN {_PRIVATE}.*?(?:-----END {_PRIVATE}|\Z)", re.DOTALL)
_REST_OF_PEM: Final = re.compile(rf"\A[^-]*-----END {_PRIVATE}")
_CARD: Final = re.compile(
    r"(?<![\w.\-])(?:[2456]\d{3}(?P<gap>[ \-]?)\d{4}(?P=gap)\d{4}(?P=gap)\d{1,7}"
    r"|3\d{3}(?P<space>[ \-]?)\d{6}(?P=space)\d{4,5})(?![\w\-]|\.\d)"
)
_TELEGRAM: Final = re.compile(r"(?<!\d)\d{8,10}:[\w\-]{35}(?![\w\-])")
_MANY_DIGITS: Final = re.compile(r"[0-9][0-9]{3}[ \-]?[0-9]{4}")


def may_hold_shape(text: str) -> bool:
    """Tell at little cost whether a text has something that one of these shapes has."""
    return _may_hold_key(text) or _may_hold_scheme(text) or _MANY_DIGITS.search(text) is not None


def without_shapes(text: str) -> str:
    """Mask what looks like a secret.

    Args:
        text: any text.

    Returns:
        The text itself where there is none.
    """
    if _may_hold_key(text):
        if "-----" in text:
            text = _REST_OF_PEM.sub(MASK, _PEM.sub(MASK, text))
        text = _KEY.sub(MASK, text)
    if _may_hold_scheme(text):
        text = _SCHEME.sub(rf"\g<scheme>{MASK}", text)
    if _MANY_DIGITS.search(text) is None:
        return text
    return _CARD.sub(_card, _TELEGRAM.sub(MASK, text))


def _may_hold_key(text: str) -> bool:
    # One by one: at once, in a regular expression, they cost ten times as much.
    return (
        ("_" in text and (
            "gh" in text or "github_" in text or "k_live_" in text or "k_test_" in text
            or "whsec_" in text or "npm_" in text or "hf_" in text or "shp" in text or "dop_v1_" in text))
        or ("-" in text and (
            "sk-" in text or "xox" in text or "xapp-" in text or "pypi-" in text or "glpat-" in text
            or "-----" in text))
        or ("A" in text and ("AKIA" in text or "ASIA" in text or "AIza" in text))
        or ("S" in text and ("SG." in text or "SK" in text))
        or "eyJ" in text or "ya29." in text or "hvs." in text
    )  # fmt: skip


def _may_hold_scheme(text: str) -> bool:
    return "earer" in text or "asic" in text or "EARER" in text or "ASIC" in text


def _card(found: re.Match[str]) -> str:
    return MASK if _has_check_digit(found[0]) else found[0]


def _has_check_digit(number: str) -> bool:
    """Apply the formula of Luhn (ISO/IEC 7812-1)."""
    digits = [int(digit) for digit in number if digit.isdigit()]
    doubled = [sum(divmod(2 * digit, 10)) for digit in digits[-2::-2]]
    return (sum(digits[-1::-2]) + sum(doubled)) % 10 == 0
