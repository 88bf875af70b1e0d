"""Values from outside made clean and bounded: JSON, text, instants, addresses, identities."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from hashlib import sha256
from itertools import islice
from typing import Any, Final

from adapters.alerts.source import MEBIBYTE, UnreadableAlert

TITLE: Final = 300
LINE: Final = 2_000
PROSE: Final = 10_000
LABELS: Final = 200

_DEEPEST: Final = 12
_CUT: Final = "…"
_LONGEST_IDENTITY: Final = 200
# PostgreSQL takes no NUL, and no encoding takes half a surrogate pair.
_UNSTORABLE: Final = re.compile("[\x00\ud800-\udfff]")
_SUSPECT_IN_JSON: Final = (b"\0", b"\\u0000", b"\\ud", b"\\uD")
_WEB: Final = re.compile(r"https?://[^\s\x00-\x1f\x7f]+", re.IGNORECASE)
_MILLISECONDS: Final = 100_000_000_000
_JSON: Final = json.JSONDecoder(strict=False)


def parse_json(body: bytes) -> Any:
    """The JSON value as it came; UnreadableAlert says where it breaks.

    Hand-made senders put line breaks into strings, and old ones Latin-1: neither loses an alert.
    """
    try:
        return _JSON.decode(body.decode("utf-8", "replace").removeprefix("\ufeff"))
    except RecursionError:
        raise UnreadableAlert("the body is nested too deeply") from None
    except ValueError as error:
        raise UnreadableAlert(f"the body is not JSON: {error}") from None


def check_json(body: bytes) -> None:
    """Keep out what is no JSON object or list; a large body is only looked at from both ends."""
    trimmed = body.strip(b"\xef\xbb\xbf \t\r\n")
    if trimmed[:1] + trimmed[-1:] not in (b"{}", b"[]"):
        raise UnreadableAlert("the body is not a JSON object or list")
    if len(body) <= MEBIBYTE:
        parse_json(body)


def storable(body: bytes) -> bool:
    """Whether all text in the JSON is beyond doubt fit for a database, told from its bytes."""
    return not any(suspect in body for suspect in _SUSPECT_IN_JSON)


def tame(value: Any, depth: int = 0) -> Any:
    """A copy with clean text, and an ellipsis where it is nested beyond reason."""
    if isinstance(value, str):
        return _UNSTORABLE.sub("\ufffd", value)
    if isinstance(value, dict | list) and depth >= _DEEPEST:
        return _CUT
    if isinstance(value, dict):
        return {tame(key): tame(entry, depth + 1) for key, entry in value.items()}
    if isinstance(value, list):
        return [tame(entry, depth + 1) for entry in value]
    return value


def text(value: Any, limit: int = LINE) -> str:
    """A scalar as trimmed text of at most `limit` characters; empty for None and for containers."""
    if isinstance(value, str):
        shown = value.strip()
    elif isinstance(value, bool):
        shown = "true" if value else "false"
    elif isinstance(value, int | float):
        shown = str(value)
    else:
        return ""
    return shown if len(shown) <= limit else shown[: limit - 1] + _CUT


def line(value: Any, limit: int = TITLE) -> str:
    """A scalar as one line of text."""
    return text(" ".join(text(value, PROSE).split()), limit)


def instant(value: Any) -> datetime | None:
    """An RFC 3339 text, or Unix seconds or milliseconds; None without a zone or in year 1."""
    try:
        if isinstance(value, str):
            return _rfc3339(value.strip())
        if isinstance(value, (int, float)) and not isinstance(value, bool):
            return _unix(value)
    except (ValueError, OverflowError, OSError):
        return None
    return None


def _unix(number: float) -> datetime | None:
    seconds = number / 1000 if number > _MILLISECONDS else number
    return datetime.fromtimestamp(seconds, UTC) if math.isfinite(seconds) and seconds > 0 else None


def _rfc3339(written: str) -> datetime | None:
    if written.isdecimal():
        return _unix(int(written)) if len(written) in (10, 13) else None
    moment = datetime.fromisoformat(written)
    return moment.astimezone(UTC) if moment.tzinfo and moment.year > 1 else None


def web_address(value: Any) -> str:
    """An http or https address; empty for anything else, scripts above all."""
    address = value.strip() if isinstance(value, str) else ""
    return address if len(address) <= LINE and _WEB.fullmatch(address) else ""


def identity(value: str) -> str:
    """The text itself, or its SHA-256 when it is too long for a key."""
    return value if len(value) <= _LONGEST_IDENTITY else digest(value)


def digest(value: Any) -> str:
    """A short hash of a JSON value that does not depend on the order of keys."""
    canonical = json.dumps(value, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return sha256(canonical.encode("utf-8", "replace")).hexdigest()[:32]


def labels_of(value: Any) -> dict[str, str]:
    """A mapping as labels: at most 200, each of at most 2,000 characters."""
    if not isinstance(value, Mapping):
        return {}
    if len(value) <= LABELS and all(_is_label(*pair) for pair in value.items()):
        return dict(value)
    pairs = islice(value.items(), LABELS)
    return {text(name): label(entry) for name, entry in pairs if entry is not None}


def _is_label(name: Any, value: Any) -> bool:
    return isinstance(value, str) and len(value) <= LINE >= len(name)


def label(value: Any) -> str:
    """A label's value; a container becomes its JSON."""
    if not isinstance(value, dict | list):
        return text(value)
    try:
        return text(json.dumps(value, ensure_ascii=False))
    except RecursionError:
        return _CUT
