"""Messages that people point at by their menu: their files go along with the form that opens.

The form's id says which message it was, so that it is known after a restart as well.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Mapping, Sequence
from typing import Any, Final

from adapters.discord.api.rest import Rest
from adapters.discord.api.routes import route
from bot.errors import PermanentError, TemporaryError, UserError

Json = Mapping[str, Any]

POINTS: Final = "#"
"""Stands in the id of a form before that of the message it was opened on."""
MAX_ID: Final = 100
_MANY: Final = 1000
_GONE: Final = "The files of that message could not be taken along; nothing was done."


def pointing(form: str, message: str) -> str:
    """The id of a form that was opened on a message; the form's own when there is no room."""
    pointed = f"{form}{POINTS}{message}"
    return pointed if message and len(pointed) <= MAX_ID else form


def pointed(id_: str) -> tuple[str, str]:
    """The form's own id, and that of the message it was opened on; empty when it was on none."""
    form, _, message = id_.partition(POINTS)
    return form, message


class Pointing:
    """Remembers the files of messages for a while.

    Discord shows them in the gesture; when asked later, only to bots that may read content.
    """

    def __init__(self, rest: Rest) -> None:
        self._rest = rest
        self._files: OrderedDict[str, Sequence[Json]] = OrderedDict()

    def note(self, message: Json) -> None:
        """Somebody points at the message."""
        if files := files_of(message):
            self._files[str(message["id"])] = files
            if len(self._files) > _MANY:
                self._files.popitem(last=False)

    async def files(self, channel: str, message: str) -> Sequence[Json]:
        """The files of a message that had some; UserError when they cannot be had."""
        known = self._files.get(message)
        if known is not None:
            return known
        path = "/channels/{channel}/messages/{message}"
        try:
            found = await self._rest.ask(route("GET", path, channel=channel, message=message))
        except (PermanentError, TemporaryError):
            found = {}
        if not (files := files_of(found)):
            raise UserError(_GONE, code="file", hint="Open the form again from the message's menu.")
        return files


def files_of(message: Json) -> tuple[Json, ...]:
    """A message's files, as Discord describes them."""
    return tuple(message.get("attachments") or ())
