"""Where the database is: the URL of the configuration, read."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

from storage.failures import CannotOpen
from storage.sql import POSTGRES, SQLITE, Dialect

MEMORY = ":memory:"

_HINT = "write sqlite://var/deskhand.db, or postgres://user:password@host:5432/name"


@dataclass(frozen=True, slots=True, kw_only=True)
class Address:
    """A database: `target` is SQLite's path or PostgreSQL's DSN, `words` hold no secret."""

    dialect: Dialect
    target: str
    words: str

    @property
    def file(self) -> Path | None:
        """SQLite's file; None for one in memory and for PostgreSQL."""
        if self.dialect is SQLITE and self.target != MEMORY:
            return Path(self.target)
        return None


def read_address(url: str) -> Address:
    """Read `sqlite://…` or `postgres://…`; CannotOpen says what is wrong with it."""
    scheme, _, rest = url.partition("://")
    if scheme == "sqlite":
        return _sqlite(rest)
    if scheme in {"postgres", "postgresql"}:
        return _postgres(url)
    raise CannotOpen(f"the database URL starts with neither sqlite:// nor postgres://; {_HINT}")


def _sqlite(path: str) -> Address:
    if not path or path.endswith("/"):
        raise CannotOpen(f"the database URL names no file; {_HINT}")
    if "?" in path:
        raise CannotOpen(f"a sqlite:// URL takes no options; {_HINT}")
    return Address(dialect=SQLITE, target=path, words=f"the SQLite database {path}")


def _postgres(dsn: str) -> Address:
    try:
        parts = urlsplit(dsn)
        port = parts.port
    except ValueError as error:
        raise CannotOpen(f"the database URL cannot be read ({error}); {_HINT}") from None
    name = parts.path.strip("/")
    if not name:
        raise CannotOpen(f"the database URL names no database; {_HINT}")
    host = parts.hostname or parse_qs(parts.query).get("host", ["localhost"])[0]
    place = f"{host}:{port}" if port else host
    return Address(dialect=POSTGRES, target=dsn, words=f"the PostgreSQL database {name} at {place}")
