"""What a POST brings: text fields and files, read within bounds."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from aiohttp import BodyPartReader, MultipartReader, web

from adapters.console.guard import Refusal
from bot.domain.mail import Attachment

MAX_JSON: Final = 1 << 20
MAX_FORM: Final = 30 << 20
MAX_FILES: Final = 10
MAX_PARTS: Final = 64
_CHUNK: Final = 1 << 16


@dataclass(frozen=True, slots=True, kw_only=True)
class Body:
    """Fields by name, arguments (`args`) by theirs, and files."""

    fields: Mapping[str, Any]
    files: tuple[Attachment, ...] = field(default=())

    def text(self, name: str, default: str = "") -> str:
        """A text field; Refusal 400 when it is something else."""
        value = self.fields.get(name, default)
        if not isinstance(value, str):
            raise Refusal(400, f"The field {name!r} must be text.")
        return value

    def number(self, name: str) -> int:
        """A whole number, 0 when it is left out; Refusal 400 when it is something else."""
        value = self.fields.get(name) or 0
        try:
            return int(value)
        except (TypeError, ValueError):
            raise Refusal(400, f"The field {name!r} must be a whole number.") from None

    def args(self) -> Mapping[str, str]:
        """The arguments of an action, all text; Refusal 400 when they are something else."""
        args = self.fields.get("args") or {}
        if not isinstance(args, dict) or not all(isinstance(v, str) for v in args.values()):
            raise Refusal(400, "The field 'args' must map names to text.")
        return args


async def read_body(request: web.Request) -> Body:
    """JSON up to 1 MiB, or a multipart form up to 30 MiB whose part `json` holds the fields."""
    if request.content_type == "application/json":
        return Body(fields=_fields(await _bounded(request, MAX_JSON)))
    if request.content_type == "multipart/form-data":
        return await _form(request)
    raise Refusal(415, "Send JSON, or a multipart form when there are files.")


async def _bounded(request: web.Request, limit: int) -> bytes:
    raw = bytearray()
    async for chunk in request.content.iter_chunked(_CHUNK):
        raw += chunk
        if len(raw) > limit:
            raise _too_large(limit)
    return bytes(raw)


async def _form(request: web.Request) -> Body:
    try:
        reader = await request.multipart()
        return await _parts(reader)
    except ValueError:
        raise Refusal(400, "The form is not readable.") from None


async def _parts(reader: MultipartReader) -> Body:
    fields: Mapping[str, Any] = {}
    files: list[Attachment] = []
    left = MAX_FORM
    for _ in range(MAX_PARTS):
        if (part := await reader.next()) is None:
            return Body(fields=fields, files=tuple(files))
        if not isinstance(part, BodyPartReader):
            break
        content = await _part(part, left)
        left -= len(content)
        if part.name == "json":
            fields = _fields(content)
        elif part.filename and len(files) < MAX_FILES:
            files.append(_file(part, content))
        else:
            raise Refusal(413, f"A form takes up to {MAX_FILES} files.")
    raise Refusal(400, "The form has parts that are not expected.")


async def _part(part: BodyPartReader, limit: int) -> bytes:
    content = bytearray()
    while chunk := await part.read_chunk(_CHUNK):
        content += chunk
        if len(content) > limit:
            raise _too_large(MAX_FORM)
    return bytes(content)


def _file(part: BodyPartReader, content: bytes) -> Attachment:
    kind = part.headers.get("Content-Type", "application/octet-stream")
    return Attachment(name=part.filename or "file", content_type=kind, content=content)


def _fields(raw: bytes) -> Mapping[str, Any]:
    try:
        fields = json.loads(raw or b"{}")
    except ValueError:
        raise Refusal(400, "The body is not JSON.") from None
    if not isinstance(fields, dict):
        raise Refusal(400, "The body must be a JSON object.")
    return fields


def _too_large(limit: int) -> Refusal:
    return Refusal(413, f"That is more than {limit >> 20} MB.", "Attach fewer or smaller files.")
