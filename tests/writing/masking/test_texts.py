"""Secrets in texts of any kind."""

from time import process_time
from typing import Any

import pytest

from progress_updater.recording.clean import cut
from progress_updater.recording.guard import guard
from progress_updater.writing.masking import MASK, masked, masked_tag, texts
from tests.writing.masking.corpus import SECRETS, Secret


def test_the_corpus_has_a_hundred_secrets() -> None:
    assert len({secret.secret for secret in SECRETS}) == len(SECRETS) >= 100
    assert all(secret.secret in secret.text for secret in SECRETS)


@pytest.mark.parametrize("secret", SECRETS, ids=lambda secret: secret.text[:30])
def test_a_secret_is_masked_and_the_text_around_it_stays(secret: Secret) -> None:
    for text in (secret.text, f"before {secret.text} after", f"first line\n{secret.text}\nlast line\n"):
        without = masked(text)
        assert secret.secret not in without
        assert MASK in without
        assert without.partition(" ")[0] == text.partition(" ")[0] or MASK in without.partition(" ")[0]
        assert masked(without) == without


def test_lines_around_a_secret_stay_as_they_are() -> None:
    for secret in SECRETS:
        without = masked(f"first line\n{secret.text}\nlast line\n")
        assert without.startswith("first line\n")
        assert without.endswith("\nlast line\n")


ORDINARY = [
    "Some notification related to the task", "412 of 1,000 rows", "1000 rows found", "it's done",
    "KeyError: 'password'", "division by zero", "<class 'ZeroDivisionError'>: division by zero",
    "12:30:05 row=17 saved in 0.25 s", "https://shop.example:8000/orders/?page=2&mail=a@b.example",
    "key: 5, value: 7", "Session: 3 of 10", "the author: Bob", "password=None", "token=''", "api: ok",
    "order 4711 4712 4713 4714", "id 4111111111111112", "epoch 1700000000000", "at 1700000000000000000",
    "550e8400-e29b-41d4-a716-446655440000", "basic information about bearer certificates", "a sketch-book",
    'File "/srv/shop/secret_key.py", line 3, in get_token', "monkey=3 keyboard='de' passenger=bob",
    "The worker process 4711 on host web1 died, while in “Save rows”, 412 of 1,000 rows.", "cut…",
    "x" * 100, "", "€ 12, ø", "has_password=True", "reset_password succeeded", "shop.tasks.refresh_token",
    "SKIPPED 3", "ghost_writer", "task-list", "user@host.example", "git@github.com:shop/shop.git",
    "Key (email)=(a@b.example) already exists.", 'Key (order_id)=(5) is not present in table "tokens".',
    "Duplicate entry 'bob' for key 'auth_token.user'", "<b>5</b> of <i>7</i>",
    "Usage: login <token> [user] <host>",
    "<password></password>", "mysql is up", "ssh -p2222 shop.example", "mkdir -p /srv/shop",
    "python -m a -u b:c",
    "curl -u bob https://shop.example", "redis-cli -a", "/orders%3Fpage%3D2%26sort%3Dname", "a%3Db",
    "curl -s https://shop.example\nmkdir -p /srv && mysql -p shop", "https://bob@shop.example:8000/a@b.example",
]  # fmt: skip


@pytest.mark.parametrize("text", ORDINARY)
def test_an_ordinary_text_stays_as_it_is(text: str) -> None:
    assert masked(text) is text or masked(text) == text


def test_what_surrounds_a_value_stays() -> None:
    assert masked("Credentials(user='bob', password='x', port=5)") == (
        f"Credentials(user='bob', password='{MASK}', port=5)"
    )
    assert masked("redis://:x@cache:6379/0") == f"redis://:{MASK}@cache:6379/0"
    assert masked("Authorization: Bearer x\nHost: shop") == f"Authorization: {MASK}\nHost: shop"
    assert masked("GET /?token=x&page=2") == f"GET /?token={MASK}&page=2"


def test_a_tag_is_masked_by_shapes_alone() -> None:
    assert masked_tag("session:17") == "session:17"
    assert masked_tag(f"ghp_{'a1' * 18}") == MASK


@pytest.mark.parametrize(
    "secret",
    [secret for secret in SECRETS if not secret.text.startswith("card")],
    ids=lambda secret: secret.text[:30],
)
def test_a_secret_that_was_cut_in_half_is_masked(secret: Secret) -> None:
    middle = secret.text.index(secret.secret) + len(secret.secret) // 2
    half = secret.secret[: len(secret.secret) // 2]
    assert half in cut(secret.text, middle)
    assert half not in masked(cut(secret.text, middle))


MEGABYTE = 1_000_000
HOSTILE = [
    "a", "1 ", "1111", "4111 ", "://a:", "token: ", "'", '"', "password=(", "password=('\\", "password='\\",
    "password=<", "password=a,", "password ", "-----BEGIN ", "-----END ", "-----BEGIN PRIVATE KEY-----",
    "eyJaaaaaaaaa.", "a.b-", "bearer ", "basic a", "=:", "=", "\\", "\\'", " ", " \t", "--a ", "--", "-",
    ",a",
    "ghp_", "sk-", "SG.", "AKIA", "xoxb-", "…", "password…", '\\"password\\": \\"x', "[('password',", "a]",
    "a\"',",
    "%5D", "x@", "://", "://a:b@", "http://a", "(", ")", "password=)", "password={'a': [", "a_b=c&", "a=b1:",
    "1234567890:", "4111-1111-", "Cookie:", "\nCookie: ", "token=SecretStr(", "<password>", "<a ",
    "<password>a",
    "curl -u a:", "mysql ", "mysql -pa ", " -pa", "curl -u ", "redis-cli -a ", "token%3D", "%3Fa", "%3F%3D",
    "a%3D%26",
]  # fmt: skip


@pytest.mark.parametrize("hostile", HOSTILE)
def test_a_hostile_megabyte_takes_no_more_than_a_bounded_time(hostile: str) -> None:
    for text in (
        hostile * (MEGABYTE // len(hostile)),
        "password='" + hostile * (MEGABYTE // len(hostile)),
        "token=" + hostile * (MEGABYTE // len(hostile)) + "…",
    ):
        began = process_time()
        masked(text)
        assert process_time() - began < 10


def test_what_cannot_be_masked_is_left_out_and_reported_once_without_the_text(
    monkeypatch: pytest.MonkeyPatch, failures: None, caplog: pytest.LogCaptureFixture
) -> None:
    def broken(text: str) -> str:
        raise ValueError(text)

    monkeypatch.setattr(texts, "_SEARCHES", (broken,))
    before = guard.failures
    assert [masked("password=hunter2"), masked("token=hunter3")] == [texts.LEFT_OUT] * 2
    assert guard.failures == before + 2
    (record,) = caplog.records
    assert "could not mask a text; it is left out: ValueError." in record.getMessage()
    assert "hunter" not in caplog.text


def test_redact_counts_in_texts_too(settings: Any) -> None:
    settings.PROGRESS_UPDATER = {**settings.PROGRESS_UPDATER, "REDACT": ["salary", "!token"]}
    assert masked("salary=17 token=5 password=x") == f"salary={MASK} token=5 password={MASK}"
    assert masked("Salary: 17") == f"Salary: {MASK}"
