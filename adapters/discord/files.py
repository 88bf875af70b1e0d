"""Files that go along with a message: what is small enough is sent, the rest is linked."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Final

from adapters.discord.api.rest import Upload
from adapters.discord.drawing.controls import named_uploads
from bot.cards import FileLink
from bot.domain.mail import Attachment

Files = Callable[[int], Awaitable[Attachment | None]]
"""A stored file by its row, None when there is none."""

MAX_FILE: Final = 10 << 20
MAX_REQUEST: Final = 24 << 20
MAX_FILES: Final = 9


@dataclass(frozen=True, slots=True)
class Luggage:
    """What is sent along, and what is only linked."""

    sent: tuple[Attachment, ...] = ()
    linked: tuple[FileLink, ...] = ()

    def uploads(self, spill: str, number: str) -> tuple[Upload, ...]:
        """The files to send, and the whole text that found no room on the card."""
        files = [(file.name, file.content) for file in self.sent]
        if spill:
            files.append((f"{number or 'message'}.txt", spill.encode()))
        names = named_uploads(name for name, _ in files)
        return tuple(
            Upload(name=name, content=content)
            for name, (_, content) in zip(names, files, strict=True)
        )


async def pack(links: Sequence[FileLink], files: Files) -> Luggage:
    """Fetch what Discord takes; the order stays."""
    sent: list[Attachment] = []
    linked: list[FileLink] = []
    room = MAX_REQUEST
    for link in links:
        fits = link.size <= min(MAX_FILE, room) and len(sent) < MAX_FILES
        found = await files(link.id) if fits else None
        if found is None or len(found.content) > min(MAX_FILE, room):
            linked.append(link)
            continue
        room -= len(found.content)
        sent.append(found)
    return Luggage(tuple(sent), tuple(linked))
