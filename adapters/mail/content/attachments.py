"""The files of a mail: under safe names, with inline pictures and whole mails among them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from adapters.mail.content.bodies import is_body
from adapters.mail.content.file_types import OCTETS, danger, true_type
from adapters.mail.content.tnef import Tnef, unpack
from adapters.mail.reading.clean import clean_line
from adapters.mail.reading.fields import parameters, split_head
from adapters.mail.reading.mime import Part
from bot.domain.mail import Attachment

MAX_FILES = 100
MAX_NAME = 120
TOO_MANY_FILES = f"there are more than {MAX_FILES} files"

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
_PACKAGES = ("application/ms-tnef", "application/vnd.ms-tnef")
_OTHER_BODIES = ("text/x-amp-html", "text/watch-html")
_MIME_TYPE = r"[a-z0-9.+-]{1,60}/[a-z0-9.+-]{1,60}"
_UNSAFE = re.compile(r'[<>:"|?*]')
_CID = re.compile(r"cid:([^\s\"'<>)]{1,200})", re.IGNORECASE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Files:
    """The files of a mail; `notes` say in words what was left out and what to beware of.

    `packages` are those of the files that were opened (winmail.dat) and stand here unpacked.
    """

    attachments: tuple[Attachment, ...] = ()
    notes: tuple[str, ...] = ()
    packages: tuple[Tnef, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class _Leaf:
    name: str
    content_type: str
    content: bytes
    content_id: str = ""


def attachments(root: Part, html: str) -> Files:
    """The files in order; `html` tells which pictures stand in the text."""
    shown = {cid.lower() for cid in _CID.findall(html)}
    parts = [part for part in root.walk() if _is_file(part)]
    leaves: list[_Leaf] = []
    packages: list[Tnef] = []
    for part in parts[: MAX_FILES + 1]:
        if package := _package(part):
            packages.append(package)
            leaves += _unpacked(package)
        else:
            leaves.append(_leaf(part))
    files, notes = _named(leaves[:MAX_FILES], shown)
    if len(leaves) > MAX_FILES:
        notes = (TOO_MANY_FILES, *notes)
    if not all(package.whole for package in packages):
        notes = ("winmail.dat is damaged: there may be more in it", *notes)
    return Files(attachments=files, notes=notes, packages=tuple(packages))


def _is_file(part: Part) -> bool:
    """Whether it is a leaf that is neither the body nor the same once more for other screens."""
    return not part.parts and not is_body(part) and part.content_type not in _OTHER_BODIES


def _package(part: Part) -> Tnef | None:
    """What is in the part when it is a package of Outlook's that can be opened."""
    if part.content_type not in _PACKAGES and _name(part).lower() != "winmail.dat":
        return None
    package = unpack(part.content)
    return package if package and (package.files or package.text or package.html) else None


def _unpacked(package: Tnef) -> Iterator[_Leaf]:
    for file in package.files:
        kind = file.content_type if re.fullmatch(_MIME_TYPE, file.content_type) else OCTETS
        cid = clean_line(file.content_id, 200).strip("<> ")
        name = safe_name(file.name)
        yield _Leaf(name=name, content_type=kind, content=file.content, content_id=cid)


def _leaf(part: Part) -> _Leaf:
    cid = clean_line(part.fields.first("content-id").decode("latin-1"), 200).strip("<> ")
    return _Leaf(
        name=_name(part), content_type=part.content_type, content=part.content, content_id=cid
    )


def _named(
    leaves: Iterable[_Leaf], shown: set[str]
) -> tuple[tuple[Attachment, ...], tuple[str, ...]]:
    """The files under names of their own, and a word about each that is not what it says."""
    kept = list(leaves)
    kinds = [true_type(leaf.content_type, leaf.content) for leaf in kept]
    given = (
        leaf.name or f"file-{index}{_EXTENSIONS.get(kind, '.bin')}"
        for index, (leaf, kind) in enumerate(zip(kept, kinds, strict=True), 1)
    )
    files = tuple(
        Attachment(
            name=name,
            content_type=kind,
            content=leaf.content,
            inline=leaf.content_id.lower() in shown,
            content_id=leaf.content_id,
        )
        for leaf, kind, name in zip(kept, kinds, _unlike(given), strict=True)
    )
    notes = (danger(file.name, file.content_type) for file in files if file.content)
    return files, tuple(filter(None, notes))


def safe_name(text: str) -> str:
    """The last component of a path, without what a file system or a reader could stumble over."""
    last = clean_line(text, 4 * MAX_NAME).replace("\\", "/").rstrip("/").rpartition("/")[2]
    name = _UNSAFE.sub("_", last).strip(" .")
    stem, dot, extension = name.rpartition(".")
    if dot and stem and len(extension) <= 10:
        return stem[: MAX_NAME - len(extension) - 1] + dot + extension
    return name[:MAX_NAME]


def _name(part: Part) -> str:
    """The name that the part gives itself; empty when it gives none."""
    disposition = parameters(part.fields.first("content-disposition"))[1]
    given = disposition.get("filename") or part.parameters.get("name") or ""
    if (name := safe_name(given)) or part.content_type != "message/rfc822":
        return name
    subject = split_head(part.content[:100_000])[0].text("subject")
    return safe_name(f"{subject.replace('/', '-')[:80] or 'message'}.eml")


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
