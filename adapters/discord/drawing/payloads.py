"""Messages as Discord takes them: nobody is pinged but those who are named, nothing unfolds.

A nonce makes a repeat give the same message for some minutes; a mark in the first component finds
it again until it is drawn anew.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from hashlib import blake2s
from typing import Any, Final

from adapters.discord.api.rest import Upload
from adapters.discord.drawing.render import Drawing

Json = dict[str, Any]

SUPPRESS_EMBEDS: Final = 1 << 2
EPHEMERAL: Final = 1 << 6
SILENT: Final = 1 << 12
COMPONENTS_V2: Final = 1 << 15
_ROOT: Final = "root:"


def nonce_of(key: str) -> str:
    """A short name of the key, as long as Discord takes one (25 characters)."""
    return blake2s(key.encode(), digest_size=12).hexdigest()


def mark_of(key: str) -> int:
    """A number for the key, as large as a component's id may be."""
    return int.from_bytes(blake2s(key.encode(), digest_size=4).digest(), "big") % 0x7FFFFFFE + 1


def root_key(key: str) -> str:
    """The key of a message that begins a thread."""
    return f"{_ROOT}{key}"


def allowed(mentions: Sequence[str] = ()) -> Json:
    """Who may be pinged: these accounts, and nobody by what the text says."""
    return {"parse": [], "users": list(mentions)[:100], "replied_user": False}


def created(
    drawing: Drawing, *, silent: bool = False, key: str = "", files: Sequence[Upload] = ()
) -> Json:
    """A new message; with a key it is made only once."""
    marked = drawing.marked(mark_of(key)) if key else drawing
    payload: Json = {
        "components": list(marked.with_files([file.name for file in files])),
        "flags": COMPONENTS_V2 | SUPPRESS_EMBEDS | (SILENT if silent else 0),
        "allowed_mentions": allowed(drawing.mentions),
    }
    if files:
        payload["attachments"] = [
            {"id": place, "filename": file.name} for place, file in enumerate(files)
        ]
    return payload


def once(payload: Json, key: str) -> Json:
    """The same, which a repeat within some minutes does not make again."""
    return {**payload, "nonce": nonce_of(key), "enforce_nonce": True}


def edited(
    drawing: Drawing,
    kept: Sequence[Mapping[str, Any]] = (),
    files: Sequence[Upload] = (),
    *,
    drops: bool = False,
) -> Json:
    """A message drawn again; an edit pings nobody. `kept` are the attachments that stay.

    Where there are none at all, those of before go only if it `drops` them.
    """
    names = [*(str(each["filename"]) for each in kept), *(file.name for file in files)]
    payload: Json = {
        "components": list(drawing.with_files(names)),
        "flags": COMPONENTS_V2 | SUPPRESS_EMBEDS,
        "allowed_mentions": allowed(),
    }
    if names or drops:
        payload["attachments"] = [
            *({"id": str(each["id"]), "filename": str(each["filename"])} for each in kept),
            *({"id": place, "filename": file.name} for place, file in enumerate(files)),
        ]
    return payload


def answered(drawing: Drawing, *, files: Sequence[Upload] = ()) -> Json:
    """An answer to an interaction; it pings nobody."""
    return {**created(drawing, files=files), "allowed_mentions": allowed()}


def ephemeral(drawing: Drawing, *, files: Sequence[Upload] = ()) -> Json:
    """An answer that only the person who asked sees."""
    payload = answered(drawing, files=files)
    return {**payload, "flags": payload["flags"] | EPHEMERAL}


def is_ours(message: Mapping[str, Any], key: str) -> bool:
    """Whether the message was made with that key."""
    if message.get("nonce") == nonce_of(key):
        return True
    first: Mapping[str, Any] = next(iter(message.get("components") or ()), {})
    return first.get("id") == mark_of(key)
