"""Files both ways: into a thread in three steps, and out of Slack with the bot's token.

https://docs.slack.dev/messaging/working-with-files
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Collection, Iterable, Mapping, Sequence
from typing import Any, Final

from adapters.slack.api.client import SlackClient
from bot.cards import FileLink, clean, shorten
from bot.domain.mail import Attachment
from bot.errors import PermanentError, TemporaryError

LoadFile = Callable[[int], Awaitable[Attachment | None]]
"""The stored file of that id, None when it is gone; TemporaryError while it cannot be read."""

# What is larger stands in the thread as a link to the console.
MAX_UPLOAD: Final = 8 * 1024 * 1024
MAX_UPLOADS: Final = 10
MAX_TOGETHER: Final = 24 * 1024 * 1024
MAX_DOWNLOAD: Final = 25 * 1024 * 1024
MAX_NAME: Final = 200
# What is gone, or another app's: neither is for us to delete.
NOT_OURS: Final = ("file_not_found", "file_deleted", "cant_delete_file")


class SlackFiles:
    """Uploads and downloads; all methods raise TemporaryError or PermanentError."""

    def __init__(self, client: SlackClient, load: LoadFile) -> None:
        self._client = client
        self._load = load

    async def upload(self, channel: str, thread: str, attachment: Attachment) -> str:
        """Put one file into the thread; its id on Slack."""
        return (await self._share(channel, thread, [attachment]))[0]

    async def share(
        self, channel: str, thread: str, links: Sequence[FileLink], more: Sequence[Attachment]
    ) -> None:
        """Put stored files and others into the thread, as one message; large ones are left out."""
        small = _small(links)
        loaded = [await self._load(link.id) for link in small]
        files = [*more, *(file for file in loaded if file is not None)]
        if files:
            await self._share(channel, thread, files)

    async def drop(self, files: Iterable[Mapping[str, Any]], kept: Collection[str]) -> None:
        """Delete files of a message of ours, but those of these names; others' files stay."""
        stay = {_name(name) for name in kept}
        for file in files:
            if file.get("name") in stay or file.get("mode") == "tombstone" or not file.get("id"):
                continue
            try:
                await self._client.call("files.delete", file=file["id"])
            except PermanentError as error:
                if error.code not in NOT_OURS:
                    raise

    async def download(self, url: str, name: str, limit: int = MAX_DOWNLOAD) -> Attachment:
        """A file that people shared, from its `url_private`; at most `limit` bytes."""
        content_type, content = await self._client.download(url, limit)
        return Attachment(name=_name(name), content_type=content_type, content=content)

    async def _share(self, channel: str, thread: str, files: Sequence[Attachment]) -> list[str]:
        items = [await self._put(file) for file in files]
        await self._client.call(
            "files.completeUploadExternal",
            files=items,
            channel_id=channel,
            thread_ts=thread or None,
        )
        return [item["id"] for item in items]

    async def _put(self, file: Attachment) -> dict[str, str]:
        """Send one file's bytes; nobody sees it before the upload is completed."""
        name = _name(file.name)
        answer = await self._client.call(
            "files.getUploadURLExternal", filename=name, length=len(file.content)
        )
        url, id_ = answer.get("upload_url"), answer.get("file_id")
        if not (isinstance(url, str) and isinstance(id_, str)):
            raise TemporaryError("Slack gave no address for an upload")
        await self._client.upload(url, file.content)
        return {"id": id_, "title": name}


def _small(links: Sequence[FileLink]) -> list[FileLink]:
    """The first files that are not too large, by themselves and together."""
    chosen: list[FileLink] = []
    room = MAX_TOGETHER
    for link in links:
        if 0 < link.size <= min(MAX_UPLOAD, room) and len(chosen) < MAX_UPLOADS:
            chosen.append(link)
            room -= link.size
    return chosen


def _name(name: str) -> str:
    """The file's name without folders, controls and direction overrides."""
    flat = clean(name).replace("\n", " ").replace("/", "_").replace("\\", "_")
    return shorten(flat, MAX_NAME) or "file"
