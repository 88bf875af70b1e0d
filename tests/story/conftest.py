"""The story is played on each kind of database."""

from __future__ import annotations

from tests.contract.databases import empty_url, kind, postgres

__all__ = ["empty_url", "kind", "postgres"]
