"""Every contract test runs on each kind of database."""

from __future__ import annotations

from tests.contract.databases import database, empty_url, kind, postgres
from tests.contract.sample import notes

__all__ = ["database", "empty_url", "kind", "notes", "postgres"]
