"""Files that people send, fetched from Discord within bounds."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from adapters.discord.api.rest import Rest
from bot.domain.mail import Attachment
from bot.errors import PermanentError, TemporaryError, UserError

MAX_FILES: Final = 10
MAX_FILE: Final = 10 << 20
MAX_ALL: Final = 25 << 20


@dataclass(frozen=True, slots=True)
class Received:
    """What was fetched, and the addresses of what was not."""

    files: tuple[Attachment, ...] = ()
    left: tuple[str, ...] = ()


async def receive(rest: Rest, attachments: Iterable[Mapping[str, Any]]) -> Received:
    """Fetch what fits; what does not, or is not there any more, is named instead."""
    files: list[Attachment] = []
    left: list[str] = []
    room = MAX_ALL
    for each in attachments:
        limit = min(MAX_FILE, room)
        fits = int(each.get("size") or 0) <= limit and len(files) < MAX_FILES
        content = await _content(rest, str(each.get("url", "")), limit) if fits else None
        if content is None:
            left.append(f"{each.get('filename', 'file')}: {each.get('url', '')}")
            continue
        room -= len(content)
        kind = str(each.get("content_type") or "application/octet-stream")
        name = str(each.get("filename") or "file")
        files.append(Attachment(name=name, content_type=kind, content=content))
    return Received(tuple(files), tuple(left))


async def receive_all(
    rest: Rest, attachments: Iterable[Mapping[str, Any]]
) -> tuple[Attachment, ...]:
    """Fetch all of them; UserError when something is too large, so that nothing goes missing."""
    found = await receive(rest, attachments)
    if found.left:
        name = found.left[0].partition(":")[0][:60]
        raise UserError(
            f"“{name}” could not be taken along; nothing was done.",
            code="file",
            hint=f"Up to {MAX_FILES} files of {MAX_FILE >> 20} MB each.",
        )
    return found.files


async def _content(rest: Rest, url: str, limit: int) -> bytes | None:
    try:
        return await rest.fetch(url, limit) if url else None
    except (TemporaryError, PermanentError):
        return None
