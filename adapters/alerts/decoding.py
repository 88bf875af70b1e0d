"""A body of any content type as one value: JSON, a form's fields, or text."""

from __future__ import annotations

from itertools import islice
from typing import Any, Final
from urllib.parse import parse_qsl

from adapters.alerts.source import UnreadableAlert
from adapters.alerts.values import LABELS, check_json, parse_json, tame

_FORM: Final = "application/x-www-form-urlencoded"


def check(body: bytes, content_type: str) -> None:
    """Keep out an empty body, and one that says it is JSON and is not."""
    if not body.strip():
        raise UnreadableAlert("the body is empty")
    if _kind(content_type) == "json":
        check_json(body)


def decode(body: bytes, content_type: str) -> Any:
    """The clean value; text stays text. UnreadableAlert as in `check`."""
    if not body.strip():
        raise UnreadableAlert("the body is empty")
    match _kind(content_type):
        case "json":
            return tame(parse_json(body))
        case "form":
            return tame(_form(body.decode("utf-8", "replace").strip()))
        case _:
            return tame(_unsaid(body))


def _kind(content_type: str) -> str:
    mime = content_type.partition(";")[0].strip().lower()
    if mime == "application/json" or mime.endswith("+json"):
        return "json"
    return "form" if mime == _FORM else ""


def _unsaid(body: bytes) -> Any:
    """Many send JSON as text/plain or say nothing; but plain text may begin with a bracket, too."""
    written = body.decode("utf-8", "replace").strip()
    if not written.startswith(("{", "[")):
        return written
    try:
        return parse_json(body)
    except UnreadableAlert:
        return written


def _form(written: str) -> Any:
    """A form's fields, or the JSON in its `payload`; curl sends text and JSON as forms, too."""
    if written.startswith(("{", "[")):
        return _unsaid(written.encode())
    pairs = dict(islice(parse_qsl(written, keep_blank_values=True), LABELS))
    payload = pairs.get("payload", "")
    if payload.lstrip().startswith("{"):
        return _unsaid(payload.encode())
    return pairs if any(pairs.values()) else written
