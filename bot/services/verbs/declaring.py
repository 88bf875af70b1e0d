"""What `/incident declare` says: a title with options in it, or a form's fields."""

from __future__ import annotations

from dataclasses import dataclass
from difflib import get_close_matches
from typing import Final

from bot.commands.call import Call
from bot.domain.escalation import EscalationPolicy
from bot.domain.events import person_actor
from bot.domain.work_items import Incident, Severity
from bot.errors import UserError
from bot.services.alerts import incidents as running
from bot.services.core import Core
from bot.services.gestures import talk

PRIVATE: Final = "private"
YES, NO = "yes", "no"
MAX_TITLE: Final = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Declared:
    """What is to be declared; a `private` incident is confidential from its first moment."""

    title: str
    severity: Severity
    service: str
    private: bool


def declared(call: Call, services: tuple[str, ...]) -> Declared:
    """What the form says, or the options on the line (`--sev1`, `--service checkout`,
    `--private`).
    """
    severity, service = Severity(call.arg("severity") or Severity.SEV3), call.arg("service")
    private = call.arg(PRIVATE) == YES
    words, kept = call.arg("title").split(), list[str]()
    while words:
        word = words.pop(0)
        option = option_of(word)
        if option in tuple(Severity):
            severity = Severity(option)
        elif option == PRIVATE:
            private = True
        elif option == "service" and words:
            service = words.pop(0).lower()
        elif option:
            raise _unknown_option(word)
        else:
            kept.append(word)
    if service and service not in services:
        raise _no_service(service, services)
    if not kept:
        raise UserError("Say what is broken.", code="missing")
    return Declared(title=" ".join(kept), severity=severity, service=service, private=private)


async def declare(
    core: Core,
    call: Call,
    draft: Incident,
    words: str,
    reason: str,
    policy: EscalationPolicy | None = None,
) -> Incident:
    """Open the incident for whoever calls. Its first note keeps the files that came along, and the
    `words` where the title has no room for them.
    """
    actor = person_actor(call.actor.key)
    incident = await running.declare(
        core, call.work, draft, actor, call.now, reason=reason, policy=policy
    )
    cut = words if len(" ".join(words.split())) > MAX_TITLE else ""
    if cut or call.files:
        note = talk.Note(text=cut, files=call.files, said=call.said, source=call.surface)
        await talk.add_note(core, call.work, incident, call.actor, note, call.now)
    return incident


def option_of(word: str) -> str:
    """The name of an option; some keyboards make one long dash of two short ones."""
    dash = next((dash for dash in ("--", "—", "–") if word.startswith(dash)), None)
    return word.removeprefix(dash).lower() if dash is not None else ""


def _unknown_option(word: str) -> UserError:
    return UserError(
        f"I do not know the option “{word[:40]}”.",
        code="choice",
        hint=f"Severities: {', '.join(f'--{s}' for s in Severity)}; a service: --service checkout;"
        f" for those alone who are let in: --{PRIVATE}.",
    )


def _no_service(service: str, services: tuple[str, ...]) -> UserError:
    near = get_close_matches(service, services, n=1, cutoff=0.5)
    known = f"Services: {', '.join(services) or 'none configured'}."
    hint = f"Did you mean `{near[0]}`?" if near else known
    return UserError(f"There is no service “{service[:40]}”.", code="not_found", hint=hint)
