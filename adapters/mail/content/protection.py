"""Signed and encrypted mail (RFC 8551, 3156), told in words: here nothing is checked or opened."""

from __future__ import annotations

from typing import Final

from adapters.mail.reading.mime import Part

_ENCRYPTED: Final = "the mail is encrypted; only its file can be opened, with the key"
_SEALED: Final = "the mail is signed in a form that is not opened here; its text is in the file"
_SIGNED: Final = "the signature was not checked"
_MARKED: Final = (
    ("-----BEGIN PGP MESSAGE-----", _ENCRYPTED),
    ("-----BEGIN PGP SIGNED MESSAGE-----", _SIGNED),
)
_SMIME: Final = ("application/pkcs7-mime", "application/x-pkcs7-mime")


def protection(root: Part, text: str) -> tuple[str, ...]:
    """What a reader has to know about signatures and encryption, the gravest alone."""
    parts = tuple(root.walk())
    kinds = {part.content_type for part in parts}
    sealed = {_smime(part) for part in parts if part.content_type in _SMIME}
    told = [note for mark, note in _MARKED if text[:1000].lstrip().startswith(mark)]
    if "multipart/encrypted" in kinds or _ENCRYPTED in sealed or _ENCRYPTED in told:
        return (_ENCRYPTED,)
    if _SEALED in sealed:
        return (_SEALED,)
    return (_SIGNED,) if "multipart/signed" in kinds or told else ()


def _smime(part: Part) -> str:
    kind = part.parameters.get("smime-type", "").lower()
    if kind == "certs-only":
        return ""
    return _SEALED if kind == "signed-data" else _ENCRYPTED
