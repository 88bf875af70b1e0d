"""Signing mail with DKIM (RFC 6376), for smarthosts that do not sign themselves.

The signature's time is the mail's own, so that the same mail is the same bytes at every try.
"""

from __future__ import annotations

import hashlib
import re
from base64 import b64encode
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from typing import Any, Final

from dkim.crypto import (  # type: ignore[import-untyped]
    RSASSA_PKCS1_v1_5_sign,
    UnparsableKeyError,
    parse_pem_private_key,
)

from bot.errors import Fault, PermanentError

# From stands twice, and so nobody can put another one on top (RFC 6376, 8.15).
_SIGNED: Final = (
    *("from", "from", "to", "cc", "subject", "date", "message-id", "reply-to", "in-reply-to"),
    *("references", "mime-version", "content-type", "auto-submitted"),
    *("list-unsubscribe", "list-unsubscribe-post"),
)
_ALWAYS: Final = ("from", "to", "subject", "date", "message-id", "reply-to")
_LINE: Final = 72
_SPACES: Final = re.compile(rb"[ \t]+")


@dataclass(frozen=True, kw_only=True)
class DkimSigner:
    """Signs with an RSA key (PEM) whose public half stands at `<selector>._domainkey.<domain>`."""

    selector: str
    domain: str
    key: str = field(repr=False)

    def sign(self, message: bytes, at: datetime) -> bytes:
        """The message with its signature on top. PermanentError when the key cannot be used."""
        head, _, body = message.partition(b"\r\n\r\n")
        fields = _fields(head)
        names = _names(fields)
        tags = (
            ("v", "1"),
            ("a", "rsa-sha256"),
            ("c", "relaxed/relaxed"),
            ("d", self.domain),
            ("s", self.selector),
            ("t", str(int(at.timestamp()))),
            ("h", ":".join(names)),
            ("bh", b64encode(hashlib.sha256(relaxed_body(body)).digest()).decode()),
            ("b", ""),
        )
        unsigned = _folded("; ".join(f"{tag}={value}" for tag, value in tags))
        # The second name of a field that is there once adds nothing (RFC 6376, 3.5).
        present = (name for name in dict.fromkeys(names) if name in fields)
        signed = b"".join(relaxed_field(*fields[name]) for name in present)
        last = relaxed_field(b"DKIM-Signature", unsigned.encode()).removesuffix(b"\r\n")
        signature = RSASSA_PKCS1_v1_5_sign(hashlib.sha256(signed + last), self._parsed)
        text = b64encode(signature).decode()
        lines = "".join(f"\r\n {text[at : at + _LINE]}" for at in range(0, len(text), _LINE))
        return f"DKIM-Signature: {unsigned}{lines}\r\n".encode() + message

    @cached_property
    def _parsed(self) -> Any:
        try:
            return parse_pem_private_key(self.key.replace("\r\n", "\n").encode())
        except (UnparsableKeyError, ValueError) as error:
            words = f"the DKIM key of {self.domain} cannot be read: it must be an RSA key in PEM"
            raise PermanentError(words, fault=Fault.CREDENTIAL) from error


def relaxed_body(body: bytes) -> bytes:
    """The body as it is hashed (RFC 6376, 3.4.4)."""
    lines = (_SPACES.sub(b" ", line).rstrip(b" ") for line in body.split(b"\r\n"))
    text = b"\r\n".join(lines).rstrip(b"\r\n")
    return text + b"\r\n" if text else b""


def relaxed_field(name: bytes, value: bytes) -> bytes:
    """A field as it is hashed (RFC 6376, 3.4.2)."""
    unfolded = value.replace(b"\r\n", b"")
    return name.strip().lower() + b":" + _SPACES.sub(b" ", unfolded).strip(b" ") + b"\r\n"


def _fields(head: bytes) -> dict[str, tuple[bytes, bytes]]:
    """The header's fields by their names; of each there is one in a mail of ours."""
    unfolded = re.split(rb"\r\n(?![ \t])", head)
    split = (line.partition(b":") for line in unfolded if line)
    return {name.decode().lower(): (name, value) for name, _, value in split}


def _names(fields: dict[str, tuple[bytes, bytes]]) -> list[str]:
    """What is signed: what is there, and what nobody may add."""
    return [name for name in _SIGNED if name in fields or name in _ALWAYS]


def _folded(text: str) -> str:
    """The tags on lines of a bearable length, broken only where that changes nothing."""
    lines, line = list[str](), ""
    for word in re.split(r"(?<=[;:]) ?", text):
        joint = " " if line.endswith(";") else ""
        if len(line) + len(word) > _LINE and line:
            lines.append(line)
            line, joint = "", ""
        line += joint + word
    return "\r\n ".join([*lines, line])
