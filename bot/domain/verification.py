"""Verifying a desk's address by a round trip: a mail leaves by its smarthost and must come back."""

from __future__ import annotations

import json
import re
from dataclasses import asdict, dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

TIMEFRAME: Final = timedelta(minutes=30)
_MARK: Final = re.compile(r"\[dkv:([A-Za-z0-9_-]{1,64}):([0-9a-f]{12,64})\]")


class CheckState(StrEnum):
    """How far a check has come."""

    STARTED = "started"
    FINISHED = "finished"
    FAILED = "failed"


class CheckFault(StrEnum):
    """Why a check failed; NONE while it did not."""

    NONE = ""
    SMTP_HOST = "smtp_host_issue"
    CREDENTIALS = "invalid_credentials"
    TIMEOUT = "read_timeout"
    NOT_RECEIVED = "mail_not_received_within_timeframe"
    WRONG_TARGET = "incorrect_forwarding_target"
    WRONG_FROM = "incorrect_from"
    WRONG_TOKEN = "incorrect_token"  # noqa: S105 - the name of a fault


ADVICE: Final = {
    CheckFault.NONE: "",
    CheckFault.SMTP_HOST: "its smarthost cannot be reached, or does not take the mail: look at"
    " host, port and tls",
    CheckFault.CREDENTIALS: "its smarthost refuses the login: look at username and password",
    CheckFault.TIMEOUT: "its smarthost does not answer in time",
    CheckFault.NOT_RECEIVED: "the mail did not come back within 30 minutes: forward the address to"
    " this service, or fetch its mailbox, and let + addresses through",
    CheckFault.WRONG_TARGET: "the mail came back to another desk: look at where it is forwarded to",
    CheckFault.WRONG_FROM: "the mail came back with another From: the forwarding must keep it",
    CheckFault.WRONG_TOKEN: "an older check's mail came back: start the check again",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class AddressCheck:
    """One check of one desk's address."""

    desk: str
    token: str
    started_at: datetime
    state: CheckState = CheckState.STARTED
    fault: CheckFault = CheckFault.NONE
    ended_at: datetime | None = None

    def failed(self, fault: CheckFault, now: datetime) -> AddressCheck:
        """The check once it is known why it cannot succeed."""
        return replace(self, state=CheckState.FAILED, fault=fault, ended_at=now)

    def seen(self, now: datetime) -> AddressCheck:
        """The check as it stands at this moment: what did not come in time has failed."""
        if self.state is CheckState.STARTED and now - self.started_at > TIMEFRAME:
            return self.failed(CheckFault.NOT_RECEIVED, now)
        return self

    @property
    def words(self) -> str:
        """How it stands, for a person."""
        match self.state:
            case CheckState.STARTED:
                return "a check is under way"
            case CheckState.FINISHED:
                return "verified"
            case CheckState.FAILED:
                return f"{self.fault}: {ADVICE[self.fault]}"


def judged(
    check: AddressCheck, token: str, *, target: bool, sender: bool, now: datetime
) -> AddressCheck:
    """The check once its mail has come back: in time, to the right desk, from whom it was sent."""
    late = check.seen(now)
    if late.state is not CheckState.STARTED:
        return late
    if not target:
        return check.failed(CheckFault.WRONG_TARGET, now)
    if not sender:
        return check.failed(CheckFault.WRONG_FROM, now)
    if token != check.token:
        return check.failed(CheckFault.WRONG_TOKEN, now)
    return replace(check, state=CheckState.FINISHED, ended_at=now)


def mark(desk: str, token: str) -> str:
    """What the subject of the check's mail carries."""
    return f"[dkv:{desk}:{token}]"


def marked(subject: str) -> tuple[str, str] | None:
    """The desk and the token that a subject carries; None for every other mail."""
    found = _MARK.search(subject)
    return (found[1], found[2]) if found else None


def dump(check: AddressCheck) -> str:
    """As text, to be kept."""
    facts = asdict(check)
    ended = check.ended_at.isoformat() if check.ended_at else ""
    return json.dumps(facts | {"started_at": check.started_at.isoformat(), "ended_at": ended})


def load(text: str) -> AddressCheck | None:
    """The check that was kept; None when there is none."""
    if not text:
        return None
    facts = json.loads(text)
    return AddressCheck(
        desk=facts["desk"],
        token=facts["token"],
        started_at=datetime.fromisoformat(facts["started_at"]),
        state=CheckState(facts["state"]),
        fault=CheckFault(facts["fault"]),
        ended_at=datetime.fromisoformat(facts["ended_at"]) if facts["ended_at"] else None,
    )
