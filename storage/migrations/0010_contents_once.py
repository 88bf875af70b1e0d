"""The bytes of files are kept once, however many files hold them.

The database moves them by itself, so that no more than a page of them is in our memory.
"""

from __future__ import annotations

from typing import Final

from storage.migrate import migration

MOVE: Final = (
    "INSERT INTO file_content (sha256, content) SELECT sha256, content FROM attachment"
    " WHERE id IN (SELECT MIN(id) FROM attachment GROUP BY sha256)",
    "ALTER TABLE attachment DROP COLUMN content",
)

Migration = migration(
    after="0009_erasures",
    both=[
        "CREATE TABLE file_content (id {id}, sha256 {bytes} NOT NULL, content {bytes} NOT NULL)",
        "CREATE UNIQUE INDEX file_content_sha256 ON file_content (sha256)",
        "CREATE INDEX attachment_sha256 ON attachment (sha256)",
        *MOVE,
    ],
)
