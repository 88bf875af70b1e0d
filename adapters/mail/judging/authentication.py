"""What mail servers found out about a message's origin, as they wrote it down (RFC 8601).

Anybody can write such a field. Whose is believed is decided where the message came in.
"""

from __future__ import annotations

import re
from typing import Final

from adapters.mail.reading.fields import Fields
from bot.domain.mail import Verdict

MAX_VERDICTS: Final = 20
MAX_VALUE: Final = 8192

_RESULT: Final = re.compile(r"\s*dmarc\s*(?:/\s*\d+\s*)?=\s*([a-z]{1,20})(?![a-z])")
_DOMAIN: Final = re.compile(r"\sheader\.from\s*=\s*(?:[^\s@;]{0,64}@)?([a-z0-9._-]{1,253})")


def verdicts(fields: Fields) -> tuple[Verdict, ...]:
    """The DMARC results in the message, topmost first; who has none to tell is left out."""
    found = map(_verdict, fields.all("authentication-results")[:MAX_VERDICTS])
    return tuple(verdict for verdict in found if verdict.server and verdict.dmarc)


def _verdict(value: bytes) -> Verdict:
    server, _, rest = _bare(value[:MAX_VALUE].decode("latin-1").lower()).partition(";")
    results = [(_RESULT.match(part), _DOMAIN.search(part)) for part in rest.split(";")]
    told = [(result[1], domain[1] if domain else "") for result, domain in results if result]
    # More than one is none: no server says it twice, but a forger may have got a word in.
    dmarc, domain = told[0] if len(told) == 1 else ("", "")
    return Verdict(server=(server.split() or [""])[0][:253], dmarc=dmarc, domain=domain)


def _bare(text: str) -> str:
    """The value without comments and quoted strings: both may hold what a stranger wrote."""
    kept: list[str] = []
    depth, quoted, escaped = 0, False, False
    for char in text:
        if escaped or (char == "\\" and (depth or quoted)):
            escaped = not escaped
        elif quoted or (char == '"' and not depth):
            quoted = not quoted if char == '"' else quoted
        elif char == "(":
            depth += 1
        elif char == ")" and depth:
            depth -= 1
        elif not depth:
            kept.append(char)
    return "".join(kept)
