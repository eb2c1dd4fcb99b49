"""A hundred secrets as they stand in texts, and fifty names of secrets.

They are made here, from numbers: none is real, and no scanner of sources takes this file for a leak.
"""

import string
from base64 import b64encode
from random import Random
from typing import Final, NamedTuple

_LETTERS: Final = string.ascii_letters
_KEY: Final = string.ascii_letters + string.digits
_HEX: Final = "0123456789abcdef"


class Secret(NamedTuple):
    """A secret, and the text in which it stands."""

    text: str
    secret: str


def _random(name: str, length: int, alphabet: str = _KEY) -> str:
    # A digit and letters of both cases, as generated secrets have them.
    end = {_HEX: "0a1", string.ascii_uppercase: "7BQ"}.get(alphabet, "7bQ")
    return "".join(Random(name).choices(alphabet, k=length - len(end))) + end


def _card(start: str, length: int) -> str:
    body = start + "".join(Random(start).choices(string.digits, k=length - len(start) - 1))
    return next(number for digit in "0123456789" if _passes(number := body + digit))


def _passes(number: str) -> bool:
    total = 0
    for place, digit in enumerate(reversed(number)):
        value = int(digit) * (1 + place % 2)
        total += value - 9 * (value > 9)
    return total % 10 == 0


_NAMED: Final = (
    "password=%s", "password = %s", "password: %s", "Password: '%s'",
    "{'password': '%s', 'user': 'bob'}", '{"password": "%s", "user": "bob"}',
    "Credentials(user='bob', password='%s')", 'Credentials(token="%s", user="bob")',
    "<User bob password=%s>", "User(name='bob', api_key='%s', active=True)",
    "mysql --user bob --password %s shop", "deploy --token=%s --force", "PGPASSWORD=%s psql shop",
    "MYSQL_PWD=%s mysqldump", "AWS_SECRET_ACCESS_KEY=%s aws s3 ls", "DJANGO_SECRET_KEY='%s'",
    "settings.SECRET_KEY = '%s'", "os.environ['DB_PASSWORD'] = '%s'", 'headers["X-Api-Key"] = "%s"',
    "Command '['mysql', '--password', '%s', 'shop']' returned non-zero exit status 1.",
    "Command '['mysql', '--password=%s', 'shop']' returned non-zero exit status 1.",
    "[('user', 'bob'), ('password', '%s')]", 'payload {"data": "{\\"password\\": \\"%s\\"}"}',
    "payload '{\\'token\\': \\'%s\\'}'", "host=db user=bob password=%s dbname=shop",
    "Server=db;User=bob;Password=%s;Database=shop", "ALTER USER bob PASSWORD '%s'",
    "GET /orders?token=%s&page=2", "GET /orders?page=2&api_key=%s",
    "GET https://shop.example/?access_token=%s#top",
    "https://bucket.example/a?X-Amz-Credential=x&X-Amz-Signature=%s",
    "https://x.example/a?se=1&sig=%s&sp=r", "grant_type=password&username=bob&password=%s",
    "user%%5Bpassword%%5D=%s&user%%5Bname%%5D=bob", "Authorization: Bearer %s",
    "authorization: Basic %s", "Proxy-Authorization: Digest username=bob, response=%s",
    "curl -H 'Authorization: Bearer %s' https://shop.example", "{'Authorization': 'Token %s'}",
    "Cookie: theme=dark; sessionid=%s", "Set-Cookie: sessionid=%s; Path=/; HttpOnly", "Cookie: %s",
    "X-Api-Key: %s", "X-CSRFToken: %s", "sessionid=%s", "csrfmiddlewaretoken=%s", "client_secret=%s",
    "clientSecret: %s", "refresh_token='%s'", "accessToken=%s", "got a Bearer %s from the server",
    "sent Basic %s to the server", "passphrase='%s'", "db.passwd = %s",
    "credentials={'id': 1, 'value': '%s'}", "auth=('bob', '%s')", "token=SecretStr('%s')",
    "private_key='%s'", "password=b'%s'", "password := '%s'", "assert password == '%s'",
    "password => '%s'", "{'secrets': ['a', '%s']}", "otp: %s", "iban=%s",
    'password = """%s"""', "password='''%s'''",
    'violates unique constraint "api_token_key"\nDETAIL:  Key (token)=(%s) already exists.\n',
    "DETAIL:  Key (user_id, lower(api_key::text))=(3, %s) already exists.",
    'Key (key)=(%s) is still referenced from table "shop".',
    "(1062, \"Duplicate entry '%s' for key 'shop_device.token'\")",
    "Duplicate entry '3-%s' for key 'api_key'",
    "<login><user>bob</user><password>%s</password></login>",
    '<wsse:Password Type="PasswordText">%s</wsse:Password>', "<api-key><![CDATA[%s]]></api-key>",
    "curl -u bob:%s https://shop.example", "curl -s -ubob:%s https://shop.example",
    "Command '['curl', '--user', 'bob:%s', 'https://shop.example']' timed out after 5 seconds",
    "curl --proxy-user bob:%s https://shop.example", "mysqldump -u root -p%s shop",
    "Command '['mysql', '-uroot', '-p%s', 'shop']' returned non-zero exit status 1.",
    "mariadb-admin -p%s ping", "sshpass -p %s ssh bob@shop.example", "sshpass -p'%s' scp a b:",
    "redis-cli -h cache -a %s ping", "GET /login?next=%%2Forders%%3Ftoken%%3D%s%%26page%%3D2",
    "back to %%2Forders%%3Fpage%%3D2%%26api_key%%3D%s", "password%%3D%s",
)  # fmt: skip

_ADDRESSES: Final = (
    "postgres://bob:%s@db/shop", "redis://:%s@cache:6379/0", "amqp://bob:%s@queue:5672//",
    "could not connect to mysql+pymysql://bob:%s@db:3306/shop?charset=utf8", "https://bob:%s@shop.example/a",
    "'mongodb+srv://bob:%s@cluster.example/shop'", "https://%s@git.example/shop.git",
    "clone https://oauth2:%s@git.example/shop.git failed", "postgres://bob:%s/with@signs@db/shop",
    "smtp://bob@shop.example:%s@mail.example:587",
)  # fmt: skip

_SHAPES: Final = (
    ("AKIA%s", 16, string.ascii_uppercase), ("ASIA%s", 16, string.ascii_uppercase), ("ghp_%s", 36, _KEY),
    ("gho_%s", 36, _KEY), ("ghs_%s", 36, _KEY), ("github_pat_%s", 60, _KEY), ("glpat-%s", 20, _KEY),
    ("sk_live_%s", 24, _KEY), ("rk_live_%s", 24, _KEY), ("sk_test_%s", 24, _KEY), ("xoxb-%s", 40, _KEY),
    ("xoxp-%s", 40, _KEY), ("AIza%s", 35, _KEY), ("ya29.%s", 40, _KEY), ("sk-%s", 48, _KEY),
    ("sk-ant-api03-%s", 48, _KEY), ("npm_%s", 36, _KEY), ("pypi-%s", 60, _KEY),
    ("SG.abcdefghijklmnopqrstuv.%s", 43, _KEY),
    ("SK%s", 32, _HEX), ("123456789:%s", 35, _KEY), ("hf_%s", 34, _LETTERS), ("eyJhbGciOiJIUzI1NiJ9.%s",
    60, _KEY),
    ("whsec_%s", 32, _KEY),
)  # fmt: skip


def _pem(name: str) -> Secret:
    body = _random(name, 64)
    return Secret(
        f"the key is\n-----BEGIN {name}-----\n{body}\n{_random(body, 64)}\n-----END {name}-----\n", body
    )


def _all() -> list[Secret]:
    named = [Secret(form % (secret := _random(form, 24)), secret) for form in (*_NAMED, *_ADDRESSES)]
    shapes = [
        Secret(f"refused {form % (secret := _random(form, length, alphabet))} by the server", secret)
        for form, length, alphabet in _SHAPES
    ]
    cards = [Secret(f"card {number} refused", number) for number in (_card("4", 16), _card("37", 15))]
    grouped = " ".join(_card("51", 16)[place : place + 4] for place in range(0, 16, 4))
    pems = [_pem("PRIVATE " + "KEY"), _pem("RSA PRIVATE " + "KEY")]
    pair = f"AKIA{_random('id', 16, string.ascii_uppercase)}"[:20]
    amazon = _random("amazon", 40)
    return [
        *named, *shapes, *cards, Secret(f"card {grouped} refused", grouped), *pems,
        Secret(f"{pair}:{amazon}", amazon),
        Secret(f"Authorization: Basic {(coded := b64encode(b'bob:hunter2').decode())}", coded),
    ]  # fmt: skip


SECRETS: Final = _all()

NAMES: Final = (
    "password", "PASSWORD", "Password1", "new_password2", "dbPassword", "passwd", "db_pwd", "passphrase",
    "passcode", "pass", "user_pass", "secret", "clientSecret", "client-secret", "SECRET_KEY", "secrets",
    "token", "access_token", "accessToken", "refreshtoken", "csrfmiddlewaretoken", "tokens", "key", "api_key",
    "apiKey", "APIKEY", "X-Api-Key", "aws_secret_access_key", "privateKey", "private", "encryption_key",
    "auth",
    "oauth", "Authorization", "HTTP_AUTHORIZATION", "HTTP_COOKIE", "Set-Cookie", "cookies", "session",
    "sessionid", "session_key", "signature", "sig", "credentials", "credential", "card_number", "cardNumber",
    "cvv", "cvc2", "iban", "ssn", "otp", "pin", "pin_code", "jwt", "api",
)  # fmt: skip

ORDINARY_NAMES: Final = (
    "keyboard", "monkey", "author", "authors", "passenger", "passengers", "compass", "bypass", "keyword",
    "secretary", "tokenizer", "spinning", "opinion", "turkey", "user", "username", "email", "order_id",
    "routing_key",
    "primary_key", "public_key", "max_tokens", "rapid", "capital", "apiary", "cardinal", "design",
    "assignature",
)  # fmt: skip
