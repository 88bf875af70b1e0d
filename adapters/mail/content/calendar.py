"""Invitations (RFC 5545, 5546) in words: what, when, where, and who asks. Nothing is answered."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from adapters.mail.reading.clean import clean_line
from adapters.mail.reading.mime import Part

MAX_CALENDAR: Final = 200_000
MAX_VALUE: Final = 300
MAX_INVITES: Final = 5

_METHODS: Final = {
    "request": "Invitation",
    "publish": "Event",
    "cancel": "Cancelled",
    "counter": "Another time is proposed",
    "reply": "Answer to an invitation",
}
_ANSWERS: Final = {
    "accepted": "accepted",
    "declined": "declined",
    "tentative": "accepted for now",
}
_FOLD: Final = re.compile(r"\r?\n[ \t]")
_LINE: Final = re.compile(r'([A-Za-z0-9-]{1,40})((?:;[^:;"]*(?:"[^"]*"[^:;"]*)*)*):(.*)\Z')
_PARAMETER: Final = re.compile(r';([A-Za-z0-9-]+)=("[^"]*"|[^;"]*)')
_ESCAPE: Final = re.compile(r"\\([nN,;\\])")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Property:
    value: str
    parameters: Mapping[str, str] = field(default_factory=dict)


def invitations(root: Part) -> str:
    """The events that the mail's calendar parts are about, in words; empty when there are none."""
    parts = [part for part in root.walk() if part.content_type == "text/calendar"]
    told = (_told(part.text(MAX_CALENDAR)) for part in parts[:MAX_INVITES])
    return "\n\n".join(dict.fromkeys(filter(None, told)))


def answers(root: Part) -> str:
    """The evidence that a calendar answers an invitation in this mail; empty when none does.

    Calendars put their answer beside words for people, and its method into one place or both.
    """
    parts = [part for part in root.walk() if part.content_type == "text/calendar"]
    for part in parts[:MAX_INVITES]:
        method = part.parameters.get("method") or _first_event(part.text(MAX_CALENDAR))[0]
        if method.lower() == "reply":
            return "text/calendar: reply"
    return ""


def _told(text: str) -> str:
    method, event = _first_event(text)
    if not event:
        return ""
    title = _words(event, "summary") or "(no title)"
    lines = [f"{_METHODS.get(method, 'Event')}: {title}"]
    if when := _when(event):
        lines.append(f"When: {when}{' (repeats)' if 'rrule' in event else ''}")
    if where := _words(event, "location"):
        lines.append(f"Where: {where}")
    if organizer := _person(event.get("organizer")):
        lines.append(f"From: {organizer}")
    if method == "reply" and (answer := _answer(event.get("attendee"))):
        lines.append(answer)
    return "\n".join(lines)


def _first_event(text: str) -> tuple[str, Mapping[str, _Property]]:
    """The calendar's method, and the properties of the first thing in it; a repeated one is not
    overwritten.
    """
    method = ""
    event: dict[str, _Property] = {}
    inside: list[str] = []
    for name, found in _properties(text):
        value = found.value.strip().lower()
        if name == "begin":
            inside.append(value)
        elif name == "end":
            if inside.pop() in ("vevent", "vtodo"):
                break
        elif name == "method" and inside == ["vcalendar"]:
            method = value
        elif inside[-1:] in (["vevent"], ["vtodo"]):
            event.setdefault(name, found)
    return method, event


def _properties(text: str) -> Iterator[tuple[str, _Property]]:
    """Name and value of each line, while every end has its begin."""
    depth = 0
    for line in _FOLD.sub("", text).splitlines():
        match = _LINE.match(line[:4000])
        if not match:
            continue
        name = match[1].lower()
        depth += (name == "begin") - (name == "end")
        if depth < 0:
            return
        parameters = {key.lower(): v.strip('"') for key, v in _PARAMETER.findall(match[2])}
        yield name, _Property(value=match[3], parameters=parameters)


def _words(event: Mapping[str, _Property], name: str) -> str:
    found = event.get(name)
    return clean_line(_unescaped(found.value), MAX_VALUE) if found else ""


def _unescaped(value: str) -> str:
    return _ESCAPE.sub(lambda match: " " if match[1] in "nN" else match[1], value)


def _when(event: Mapping[str, _Property]) -> str:
    start, zone = _moment(event.get("dtstart"))
    end, end_zone = _moment(event.get("dtend") or event.get("due"))
    if start and end and end_zone == zone:
        same_day = start[:10] == end[:10] and len(end) > 10
        return f"{start} - {end[11:] if same_day else end}{zone}"
    return f"{start}{zone}" if start else ""


def _moment(found: _Property | None) -> tuple[str, str]:
    """The date, with the time of day if there is one, and the time zone it is told in."""
    if found is None:
        return "", ""
    value = found.value.strip()
    for form, shown in (("%Y%m%dT%H%M%S", "%Y-%m-%d %H:%M"), ("%Y%m%d", "%Y-%m-%d")):
        try:
            moment = datetime.strptime(value.removesuffix("Z"), form)  # noqa: DTZ007 - told as given
        except ValueError:
            continue
        zone = "UTC" if value.endswith("Z") else clean_line(found.parameters.get("tzid", ""), 60)
        return moment.strftime(shown), f" ({zone})" if zone else ""
    return clean_line(value, 40), ""


def _person(found: _Property | None) -> str:
    if found is None:
        return ""
    address = found.value.strip()
    address = address[7:] if address.lower().startswith("mailto:") else address
    name = clean_line(found.parameters.get("cn", ""), 100)
    address = clean_line(address, 200)
    return f"{name} <{address}>" if name and name != address else address


def _answer(found: _Property | None) -> str:
    if found is None:
        return ""
    answer = _ANSWERS.get(found.parameters.get("partstat", "").lower(), "did not say")
    return f"{_person(found)}: {answer}"
