"""The arguments of MAIL and RCPT (RFC 5321, 4.1.1): a path, and options behind it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from adapters.mail.reading.addresses import sound_address

_PATH = re.compile(r'(?:<(?:@[^:<>\s]*:)?((?:"[^"<>]*")?[^<>\s]*)>|([^<>\s]+))((?:[ ].*)?)\Z')
_OPTION = re.compile(r"([A-Za-z0-9][A-Za-z0-9-]*)(?:=([!-<>-~]+))?\Z")


@dataclass(frozen=True, slots=True, kw_only=True)
class SmtpPath:
    """An address as it was given (empty: the null reverse path), and options by upper-case name."""

    address: str
    options: Mapping[str, str]

    @property
    def sound(self) -> str:
        """The address in lower case with its domain in ASCII; empty when its syntax is wrong."""
        return sound_address(self.address)


def parse_path(keyword: str, argument: str | None) -> SmtpPath | None:
    """What stands behind `FROM:` or `TO:`; None when the syntax is wrong or bytes are no UTF-8."""
    given = argument or ""
    if given[: len(keyword)].upper() != keyword:
        return None
    match = _PATH.match(given[len(keyword) :].lstrip(" "))
    if not match or any("\ud800" <= char <= "\udfff" for char in given):
        return None
    options: dict[str, str] = {}
    for word in match[3].split():
        option = _OPTION.match(word)
        if not option:
            return None
        options[option[1].upper()] = option[2] or ""
    return SmtpPath(address=match[1] or match[2] or "", options=options)
