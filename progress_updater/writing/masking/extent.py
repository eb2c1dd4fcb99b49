"""How far a value goes that is written in a text."""

import re
from typing import Final

_QUOTE: Final = re.compile(r"""[rbfuRBFU]{0,2}+(?P<quote>"{3}|'{3}|\\*+["'])""")
_QUOTED: Final = {quote: re.compile(rf"(?:[^{quote}\\]|\\.)*+", re.DOTALL) for quote in ("'", '"')}
_BARE: Final = re.compile(r"""(?:[^\s,;&'"<>()\[\]{}|\\]|[,;&'"|)\]}\\](?=\w)(?![\w.\-]{1,64}+[=:]))++""")
_OBJECT: Final = re.compile(r"<[^<>\n]{1,1000}+>")
_NESTED: Final = re.compile(
    r"""\\.|'(?:[^'\\]|\\.)*+'|"(?:[^"\\]|\\.)*+"|(?P<open>[(\[{])|(?P<close>[)\]}])""", re.DOTALL
)
_LINE: Final = re.compile(r"[^\r\n]*+")
_LINE_IN_QUOTES: Final = re.compile(r"""[^\r\n"'\\]*+""")
_NO_SECRETS: Final = frozenset({"None", "True", "False", "null", "true", "false", "", "()", "[]", "{}"})

Extent = tuple[int, int]


def extent_of(text: str, start: int) -> Extent | None:
    """Find a value: a quoted text, something in brackets, an object, or a word.

    Args:
        text: the whole text.
        start: where the value begins.

    Returns:
        Where the secret begins and ends, without its quotes; the end of the text where they are not closed.
        None for what is no secret: nothing, None, True, False.
    """
    quote = _QUOTE.match(text, start)
    begin, end = (start, _end(text, start)) if quote is None else _inside(text, quote)
    return None if text[begin:end] in _NO_SECRETS else (begin, end)


def rest_of_line(text: str, start: int, *, quoted: bool) -> Extent | None:
    """Find the rest of a line, or of the quotes in which it began.

    Args:
        text: the whole text.
        start: where the value begins.
        quoted: whether a quote stands before its name.

    Returns:
        As extent_of().
    """
    if _QUOTE.match(text, start) is not None:
        return extent_of(text, start)
    found = (_LINE_IN_QUOTES if quoted else _LINE).match(text, start)
    assert found is not None
    return None if found[0].strip() in _NO_SECRETS else found.span()


def _inside(text: str, quote: re.Match[str]) -> Extent:
    begin, mark = quote.end(), quote["quote"]
    if len(mark) > 1:
        return begin, _end_of_escaped(text, begin, mark)
    found = _QUOTED[mark].match(text, begin)
    assert found is not None
    return found.span()


def _end_of_escaped(text: str, begin: int, mark: str) -> int:
    end = text.find(mark, begin)
    while end > begin and text[end - 1] == "\\":
        end = text.find(mark, end + len(mark))
    return len(text) if end < 0 else end


def _end(text: str, start: int) -> int:
    found = _OBJECT.match(text, start) or _BARE.match(text, start)
    end = start if found is None else found.end()
    return _end_of_brackets(text, end) if text[end : end + 1] in ("(", "[", "{") else end


def _end_of_brackets(text: str, start: int) -> int:
    depth = 0
    for found in _NESTED.finditer(text, start):
        depth += (found["open"] is not None) - (found["close"] is not None)
        if depth == 0 and found["close"]:
            return found.end()
    return len(text)
