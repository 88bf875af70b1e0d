"""How single values are written: durations, time zones, addresses, places to listen, secrets."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from typing import Annotated, Final, TypeVar
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, available_timezones

from pydantic import AfterValidator, Field, PlainValidator, SecretStr
from pydantic_settings import NoDecode

from bot.config.problems import Invalid, did_you_mean
from bot.domain.domain_names import ascii_address
from bot.domain.durations import parse_duration
from bot.domain.expressions import Expression, ExpressionError, compile_expression
from bot.domain.threads import Space, parse_space

Network = ipaddress.IPv4Network | ipaddress.IPv6Network
Value = TypeVar("Value")

TOKEN_LENGTH: Final = 16
KEY_LENGTH: Final = 32
ROUTE_NAMES: Final = ("labels", "title", "severity", "intake", "group")
"""What an expression of a route may speak of; `bot.domain.routing` supplies them."""

_KEY: Final = re.compile(r"[a-z0-9][a-z0-9_-]{0,39}")
_EMAIL: Final = re.compile(r"[^\s@<>()\[\],;:\\\"]+@[^\W_](?:[\w-]*[^\W_])?(?:\.[\w-]+)*")
_PORT: Final = re.compile(r"[0-9]{1,5}")
_TOKEN: Final = re.compile(r"[A-Za-z0-9._~-]+")
_PLACEHOLDER: Final = re.compile(
    r"(change|replace)[\s_-]?(me|this|it)|your[\s_-]|placeholder|insert[\s_-]"
    r"|(\.\.\.|…)$|^<.*>$|^(todo|secret|password|token|example)$|^(?P<one>.)(?P=one)*$",
    re.IGNORECASE,
)


def reading(parse: Callable[[str], Value], kind: type | tuple[type, ...]) -> PlainValidator:
    """A validator that reads a text, and leaves alone what is a `kind` already."""

    def read(value: object) -> object:
        if isinstance(value, kind):
            return value
        if not isinstance(value, str):
            raise Invalid("it must be text", "Put it in quotes")
        return parse(value)

    return PlainValidator(read)


@dataclass(frozen=True, slots=True)
class Listen:
    """Where a server listens; port 0 lets the system choose."""

    host: str
    port: int

    def __str__(self) -> str:
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"

    @property
    def local(self) -> bool:
        """Whether only this machine can reach it."""
        return loopback(self.host)


def loopback(host: str) -> bool:
    """Whether the host is this machine and nothing else."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host.lower() == "localhost"


def parse_listen(text: str) -> Listen:
    """Read `127.0.0.1:8025`, `localhost:8025` or `[::1]:8025`; Invalid says what was expected."""
    host, colon, port = text.rpartition(":")
    bracketed = host.startswith("[") and host.endswith("]")
    host = host[1:-1] if bracketed else host
    if not colon or not host or not _PORT.fullmatch(port) or (":" in host and not bracketed):
        raise Invalid(f"{text!r} is no place to listen", "Write host:port, such as 127.0.0.1:8025")
    if int(port) > 65535:
        raise Invalid(f"there is no port {port}", "Ports go up to 65535")
    return Listen(host=host, port=int(port))


@dataclass(frozen=True, slots=True)
class Socket:
    """Where a daemon is reached: a host and port, or the path of a socket on this machine."""

    host: str = ""
    port: int = 0
    path: str = ""

    def __str__(self) -> str:
        return f"unix://{self.path}" if self.path else f"tcp://{Listen(self.host, self.port)}"


def parse_socket(text: str) -> Socket:
    """Read `tcp://127.0.0.1:3310` or `unix:///run/clamav/clamd.ctl`; Invalid says what to write."""
    scheme, _, rest = text.partition("://")
    if scheme == "unix" and rest.startswith("/"):
        return Socket(path=rest)
    if scheme == "tcp":
        with suppress(Invalid):
            place = parse_listen(rest)
            return Socket(host=place.host, port=place.port)
    raise Invalid(
        f"{text[:60]!r} is no place of a daemon",
        "Write tcp://127.0.0.1:3310 or unix:///run/clamav/clamd.ctl",
    )


def _key(text: str) -> str:
    if not _KEY.fullmatch(text):
        raise Invalid(
            f"{text!r} cannot be a key",
            "Write up to 40 lower-case letters, digits, - and _, a letter or digit first",
        )
    return text


def _duration(text: str) -> timedelta:
    length = parse_duration(text)
    if not length:
        raise Invalid("it must be longer than nothing", "Write it like 30s, 15m, 1h30m or 2d")
    return length


def _zone(text: str) -> ZoneInfo:
    try:
        return ZoneInfo(text)
    except (ValueError, OSError, KeyError):
        near = did_you_mean(text, available_timezones(), "Write it like Europe/Vienna or UTC")
        raise Invalid(f"there is no time zone {text!r}", near) from None


def _email(text: str) -> str:
    if not _EMAIL.fullmatch(text):
        raise Invalid(f"{text!r} is no mail address", "Write just the address: help@example.com")
    address = ascii_address(text)
    if not address:
        raise Invalid(
            f"the domain of {text!r} can be read in more than one way, or in none",
            "Write it as DNS has it: help@xn--bcher-kva.example",
        )
    return address


def _url(text: str) -> str:
    try:
        parts = urlsplit(text)
        complete = parts.scheme in ("http", "https") and bool(parts.hostname)
    except ValueError:
        complete = False
    if not complete or re.search(r"\s", text):
        raise Invalid(f"{text!r} is no web address", "Write it with https:// in front")
    return text.rstrip("/")


def _network(text: str) -> Network:
    try:
        return ipaddress.ip_network(text, strict=False)
    except ValueError:
        raise Invalid(
            f"{text!r} is no IP address or network", "Write 192.0.2.7 or 10.0.0.0/8"
        ) from None


def _space(text: str) -> Space:
    return parse_space(text)


def _condition(text: str) -> Expression:
    return _expression(text, None)


def _route_condition(text: str) -> Expression:
    return _expression(text, ROUTE_NAMES)


def _expression(text: str, names: tuple[str, ...] | None) -> Expression:
    try:
        return compile_expression(text, names)
    except ExpressionError as error:
        words, _, hint = error.words.partition("; ")
        raise Invalid(
            f"{words} (character {error.position + 1})",
            hint[:1].upper() + hint[1:] or 'Conditions look like labels.severity == "critical"',
        ) from None


def _genuine(secret: SecretStr) -> SecretStr:
    text = secret.get_secret_value()
    if not text:
        raise Invalid("the secret is empty", "Write it here, or name a file that holds it")
    if _PLACEHOLDER.search(text):
        raise Invalid("the secret is a placeholder", "Put the real one in its place")
    return secret


def _strong(secret: SecretStr) -> SecretStr:
    text = _genuine(secret).get_secret_value()
    make = f"Make one with: openssl rand -hex {TOKEN_LENGTH}"
    if len(text) < TOKEN_LENGTH:
        raise Invalid(f"the token is shorter than {TOKEN_LENGTH} characters", make)
    if not _TOKEN.fullmatch(text):
        raise Invalid("a token is part of a web address: letters, digits, . _ ~ -", make)
    return secret


def _signing(secret: SecretStr) -> SecretStr:
    if len(_genuine(secret).get_secret_value()) < KEY_LENGTH:
        raise Invalid(
            f"the key is shorter than {KEY_LENGTH} characters",
            f"Make one with: openssl rand -hex {KEY_LENGTH}",
        )
    return secret


Key = Annotated[str, AfterValidator(_key)]
Duration = Annotated[timedelta, reading(_duration, timedelta)]
Zone = Annotated[ZoneInfo, reading(_zone, ZoneInfo)]
EmailAddress = Annotated[str, reading(_email, ())]
Url = Annotated[str, reading(_url, ())]
ListenOn = Annotated[Listen, NoDecode, reading(parse_listen, Listen)]
SocketAt = Annotated[Socket, NoDecode, reading(parse_socket, Socket)]
"""tcp://host:port or unix:///path."""
Port = Annotated[int, Field(ge=1, le=65535)]
Networks = tuple[
    Annotated[Network, reading(_network, (ipaddress.IPv4Network, ipaddress.IPv6Network))],
    ...,
]
ChannelSpace = Annotated[Space, reading(_space, Space)]
Condition = Annotated[Expression, reading(_condition, Expression)]
RouteCondition = Annotated[Expression, reading(_route_condition, Expression)]
Secret = Annotated[SecretStr, AfterValidator(_genuine)]
Token = Annotated[SecretStr, AfterValidator(_strong)]
SigningKey = Annotated[SecretStr, AfterValidator(_signing)]
