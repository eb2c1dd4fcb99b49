"""Secrets in JSON: arguments, results, the data of a line."""

from typing import Any

import orjson
import pytest

from progress_updater.integrations.celery.arguments import encoded
from progress_updater.recording.clean import as_json
from progress_updater.writing.masking import MASK, masked_arguments, masked_json, texts
from progress_updater.writing.masking import values as module
from tests.writing.masking.corpus import NAMES, ORDINARY_NAMES, SECRETS


def _masked(value: Any) -> Any:
    return orjson.loads(masked_json(orjson.dumps(value).decode()))


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("secret", ["x", 1234, 1.5, ["a", "b"], {"a": "b"}])
def test_what_stands_under_a_secret_key_is_masked_at_any_depth(name: str, secret: Any) -> None:
    assert _masked({"a": [{"b": {name: secret}}], "c": 1}) == {"a": [{"b": {name: MASK}}], "c": 1}


def test_nothing_and_yes_and_no_are_no_secrets() -> None:
    value = {"password": None, "token": "", "private": True, "keys": [], "auth": {}}
    assert _masked(value) == value


def test_texts_in_it_are_masked() -> None:
    for secret in SECRETS:
        assert secret.secret not in masked_json(orjson.dumps({"a": [secret.text], secret.text: 1}).decode())


@pytest.mark.parametrize(
    "value",
    [{"a": 1.0, "b": [None, "é\ud7ff", 2**63]}, dict.fromkeys(ORDINARY_NAMES, "x"), "x", 5, None, []],
)
def test_what_has_no_secret_stays_letter_by_letter(value: Any) -> None:
    text = orjson.dumps(value).decode().replace(",", ", ")
    assert masked_json(text) is text


def test_options_of_commands_pairs_and_variables_of_an_environment_are_masked() -> None:
    assert _masked(["mysql", "--password", "x", "shop"]) == ["mysql", "--password", MASK, "shop"]
    assert _masked([["Host", "shop"], ["Cookie", "x"]]) == [["Host", "shop"], ["Cookie", MASK]]
    assert _masked({"name": "PGPASSWORD", "value": "x"}) == {"name": "PGPASSWORD", "value": MASK}


def test_the_number_of_a_card_is_masked_where_it_is_a_number() -> None:
    assert _masked({"number": 4111111111111111, "order": 4111111111111112}) == {
        "number": MASK,
        "order": 4111111111111112,
    }


def test_positional_arguments_are_masked_by_the_names_of_their_parameters() -> None:
    text = '["bob","x",{"user":"y","pwd":"z"},"more"]'
    masked = masked_arguments(text, ("user", "password", "options"))
    assert orjson.loads(masked) == ["bob", MASK, {"user": "y", "pwd": MASK}, "more"]
    assert masked_arguments('["bob"]', ("user", "password")) == '["bob"]'


def test_arguments_that_were_cut_are_masked_altogether_where_one_is_secret() -> None:
    cut = as_json(["bob", "x" * 100], 50)
    assert masked_arguments(cut, ("user", "password")) == f'"{MASK}"'
    assert masked_arguments(cut, ("user", "text")) == cut


def test_a_secret_in_data_that_was_cut_is_masked() -> None:
    cut = as_json({"a": "b", "password": "hunter2" * 10}, 40)
    assert "hunter2" in cut
    assert "hunter2" not in masked_json(cut)


@pytest.mark.parametrize("value", [b"\xffpassword=hunter2", b"password=hunter2\x00"])
def test_bytes_that_are_no_text_are_masked_where_a_secret_can_be_read_in_them(value: bytes) -> None:
    text = encoded([value, b"\xff\x00"], 1000).text
    first, second = orjson.loads(masked_json(text))
    assert first == {"__type__": "base64", "__value__": MASK}
    assert [second] == orjson.loads(text)[1:]


@pytest.mark.parametrize("text", ["ü", "x", "", None, 5, "a=b"])
def test_what_only_looks_like_bytes_stays(text: object) -> None:
    value = {"__type__": "base64", "__value__": text}
    assert _masked(value) == value


def test_what_cannot_be_masked_is_left_out(monkeypatch: pytest.MonkeyPatch, failures: None) -> None:
    def broken(value: Any) -> Any:
        raise RecursionError

    monkeypatch.setattr(module, "_without", broken)
    assert orjson.loads(masked_json('{"password":"hunter2"}')) == texts.LEFT_OUT
    assert orjson.loads(masked_arguments('["hunter2"]', ())) == texts.LEFT_OUT


def test_data_that_nests_deeply_is_no_reason_to_leave_it_out() -> None:
    value: Any = {"password": "hunter2"}
    for _ in range(200):
        value = [value]
    assert texts.LEFT_OUT not in masked_json(orjson.dumps(value).decode())
    assert "hunter2" not in masked_json(orjson.dumps(value).decode())
