"""The service itself: its name and addresses, database, HTTP server, console and API."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated
from zoneinfo import ZoneInfo

from pydantic import Field, SecretStr, field_validator

from bot.config.problems import Invalid, did_you_mean
from bot.config.tables.section import Beside, Section, Unique
from bot.config.values import Key, Listen, ListenOn, Networks, Secret, SigningKey, Token, Url, Zone

DATABASES = ("sqlite", "postgres", "postgresql")


class Service(Section):
    """`[service]`: what it is called, where people reach it, where it keeps what it makes."""

    name: Annotated[str, Field(min_length=1)] = "Deskhand"
    """What the service calls itself in mails, cards and the console."""
    public_url: Url | None = None
    """The address people's browsers reach it at, such as https://desk.example.com."""
    timezone: Zone = ZoneInfo("UTC")
    """The time zone of calendars, schedules and people that name none."""
    secret_key: SigningKey | None = None
    """Signs links, reply addresses and sessions; made in data_dir at the first start if absent."""
    data_dir: Annotated[Path, Beside()] = Path("var")
    """The folder for the database, the made secret key and spooled mail."""


class Database(Section):
    """`[database]`: SQLite for one process, PostgreSQL for any number of instances."""

    url: Secret | None = None
    """sqlite://var/deskhand.db, or postgres://user:password@host:5432/name."""

    @field_validator("url")
    @classmethod
    def _known_kind(cls, url: SecretStr | None) -> SecretStr | None:
        scheme, separator, rest = (url.get_secret_value() if url else "").partition("://")
        if url and not (separator and rest):
            raise Invalid(
                "it is no database address",
                "Write sqlite://var/deskhand.db or postgres://user:password@host:5432/name",
            )
        if url and scheme not in DATABASES:
            raise Invalid(
                f"there is no database {scheme!r}", did_you_mean(scheme, DATABASES[:2], "")
            )
        return url


class Http(Section):
    """`[http]`: the one port for alerts, API, console, health and Slack's http mode."""

    listen: ListenOn = Listen("127.0.0.1", 8025)
    """Where the HTTP server listens."""
    trusted_proxies: Networks = ()
    """Proxies whose X-Forwarded-* headers are believed."""


class Console(Section):
    """`[console]`: the built-in chat in the browser; people sign in by one-time links."""

    enabled: bool = True
    """Whether the web console is served."""


class Api(Section):
    """`[api]`: who may use /api/v1."""

    tokens: dict[Key, Annotated[Token, Unique("token")]] = Field(default_factory=dict)
    """Bearer tokens by the name of who uses them."""
