"""The files of a mail: under safe names, with inline pictures and whole mails among them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from adapters.mail.bodies import is_body
from adapters.mail.clean import clean_line
from adapters.mail.fields import parameters, split_head
from adapters.mail.mime import Part
from bot.domain.mail import Attachment

MAX_FILES = 100
MAX_NAME = 120

_EXTENSIONS = {
    "application/pdf": ".pdf",
    "application/pgp-signature": ".asc",
    "application/pkcs7-signature": ".p7s",
    "application/zip": ".zip",
    "image/gif": ".gif",
    "image/jpeg": ".jpg",
    "image/png": ".png",
    "image/svg+xml": ".svg",
    "image/webp": ".webp",
    "message/delivery-status": ".txt",
    "message/rfc822": ".eml",
    "text/calendar": ".ics",
    "text/csv": ".csv",
    "text/html": ".html",
    "text/plain": ".txt",
    "text/rfc822-headers": ".txt",
}
_UNSAFE = re.compile(r'[<>:"|?*]')
_CID = re.compile(r"cid:([^\s\"'<>)]{1,200})", re.IGNORECASE)


def attachments(root: Part, html: str) -> tuple[tuple[Attachment, ...], tuple[str, ...]]:
    """The files in order, and what was left out; `html` tells which pictures stand in the text."""
    shown = {cid.lower() for cid in _CID.findall(html)}
    leaves = [part for part in root.walk() if not part.parts and not is_body(part)]
    defects = (f"there are more than {MAX_FILES} files",) if len(leaves) > MAX_FILES else ()
    kept = leaves[:MAX_FILES]
    names = _unlike(_name(part, index) for index, part in enumerate(kept, 1))
    return tuple(_file(part, name, shown) for part, name in zip(kept, names, strict=True)), defects


def safe_name(text: str) -> str:
    """The last component of a path, without what a file system or a reader could stumble over."""
    last = clean_line(text, 4 * MAX_NAME).replace("\\", "/").rstrip("/").rpartition("/")[2]
    name = _UNSAFE.sub("_", last).strip(" .")
    stem, dot, extension = name.rpartition(".")
    if dot and stem and len(extension) <= 10:
        return stem[: MAX_NAME - len(extension) - 1] + dot + extension
    return name[:MAX_NAME]


def _file(part: Part, name: str, shown: set[str]) -> Attachment:
    cid = clean_line(part.fields.first("content-id").decode("latin-1"), 200).strip("<> ")
    return Attachment(
        name=name,
        content_type=part.content_type,
        content=part.content,
        inline=cid.lower() in shown,
        content_id=cid,
    )


def _name(part: Part, index: int) -> str:
    disposition = parameters(part.fields.first("content-disposition"))[1]
    given = disposition.get("filename") or part.parameters.get("name") or ""
    if name := safe_name(given):
        return name
    if part.content_type == "message/rfc822":
        subject = split_head(part.content[:100_000])[0].text("subject")
        return safe_name(f"{subject.replace('/', '-')[:80] or 'message'}.eml")
    return f"file-{index}{_EXTENSIONS.get(part.content_type, '.bin')}"


def _unlike(names: Iterable[str]) -> Iterator[str]:
    """The names, each but once: a repeated one gets a number."""
    seen: set[str] = set()
    for name in names:
        stem, dot, extension = name.rpartition(".")
        fresh, count = name, 1
        while fresh.casefold() in seen:
            count += 1
            fresh = f"{stem} ({count}){dot}{extension}" if dot else f"{name} ({count})"
        seen.add(fresh.casefold())
        yield fresh
