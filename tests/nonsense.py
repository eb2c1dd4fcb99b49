"""Texts that somebody may send who means no good, or means nothing, and some that are right."""

from urllib.parse import quote

KNOWN = ("one", "two/2", "g", "None", "null", "0", "-1", "true", "SUCCESS", "-created", "seq", "name", "All")
NONSENSE = (
    "", " ", "\x00", "a\x00b", "\n", "\r\nX-Header: 1", "../..", "//", "a/b", "~", "~//8", "%", "%%", "%s",
    "{}", "<script>alert(1)</script>", '"><img src=x onerror=alert(1)>', "{{ 7*7 }}", "' OR 1=1 --", "\\",
    "\\'",
    "\ud800", "a\udfffb", "\ufffe", "\U0010ffff", "\u202e", "İ", "ß", "x" * 256, "x" * 5_000,
    "9" * 20, "9" * 5_000, "-" + "9" * 400, "1e400", "1e-400", "nan", "inf", "-inf", "0x10", "1_0", "\u0663",
    "0001-01-01 00:00", "9999-12-31 23:59", "0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-12:00",
    "2026-02-30 10:00", "kwargs:a=b", "kwargs:1=b", 'kwargs:"a.b=c"', "kwargs:$=x", "kwargs:[0]=x",
    "result:{}", "(" * 100, '"' * 100, "state:x OR " * 50, "name:%_\\", "AAAA", "W10", "WzAsMV0",
    "WzAsIngiLDFd",
)  # fmt: skip


def percent_encoded(text: str) -> str:
    """Write a text as it stands in an address, also a surrogate without its partner."""
    return quote(text.encode(errors="surrogatepass"), safe="")
