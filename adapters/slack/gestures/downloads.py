"""Files that people shared, brought here within bounds; what cannot be is told in words."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from adapters.slack.api.client import SlackClient
from adapters.slack.api.files import MAX_DOWNLOAD, SlackFiles
from adapters.slack.events.payloads import Json, part, parts, text, whole
from bot.domain.mail import Attachment
from bot.errors import PermanentError, TemporaryError

log = logging.getLogger(__name__)

MAX_FILES: Final = 10
# One message's or one form's files together.
MAX_TOTAL: Final = MAX_DOWNLOAD
_KEPT: Final = ("hosted", "snippet", "post", "email", "")


@dataclass(frozen=True, slots=True, kw_only=True)
class Brought:
    """The files that came, and a remark for each that did not."""

    files: tuple[Attachment, ...] = ()
    remarks: tuple[str, ...] = ()


class Downloads:
    """Fetches what a payload names, or what stands on a message."""

    def __init__(self, client: SlackClient, files: SlackFiles) -> None:
        self._client = client
        self._files = files

    async def fetch(self, listed: Sequence[Json]) -> Brought:
        """The files of a list; never an error, only remarks."""
        files: list[Attachment] = []
        remarks: list[str] = [
            f"{_name(file)}: not kept, {MAX_FILES} files are the most"
            for file in listed[MAX_FILES:]
        ]
        room = MAX_TOTAL
        for file in listed[:MAX_FILES]:
            try:
                brought = await self._one(file, room)
            except (PermanentError, TemporaryError) as error:
                log.info("a file was not fetched", extra={"why": error.words})
                remarks.append(f"{_name(file)}: {error.words}")
            else:
                files.append(brought)
                room -= len(brought.content)
        return Brought(files=tuple(files), remarks=tuple(remarks))

    async def on_message(self, channel: str, ts: str) -> Brought:
        """The files of a message."""
        try:
            found = await self.message(channel, ts)
        except (PermanentError, TemporaryError) as error:
            return Brought(remarks=(error.words,))
        return await self.fetch(parts(found, "files"))

    async def message(self, channel: str, ts: str) -> Json:
        """One message, of a thread or not; an empty object when it is gone.

        TemporaryError or PermanentError when it cannot be read.
        """
        answer = await self._client.call(
            "conversations.replies",
            channel=channel,
            ts=ts,
            oldest=ts,
            latest=ts,
            inclusive=True,
            include_all_metadata=True,
        )
        return next((m for m in parts(answer, "messages") if text(m, "ts") == ts), {})

    async def _one(self, file: Json, room: int) -> Attachment:
        known = await self._whole(file)
        if text(known, "mode") not in _KEPT:
            raise PermanentError("it is not kept by Slack, open it there")
        if whole(known, "size") > room:
            raise PermanentError(f"too large, {MAX_TOTAL // 2**20} MB are kept at most")
        url = text(known, "url_private_download") or text(known, "url_private")
        return await self._files.download(url, _name(known), room)

    async def _whole(self, file: Json) -> Json:
        """The file object; Slack sends only a stub of files from other organisations."""
        if text(file, "url_private"):
            return file
        answer = await self._client.call("files.info", file=text(file, "id"))
        return part(answer, "file")


def _name(file: Json) -> str:
    return text(file, "name") or text(file, "title") or "file"
