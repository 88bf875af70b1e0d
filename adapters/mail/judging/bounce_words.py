"""Delivery reports in a server's own words, as many send them in place of RFC 3464.

A phrase alone is no report: the caller has evidence that a mail server wrote it.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Sequence
from typing import Final

from adapters.mail.reading.addresses import sound_address
from adapters.mail.reading.clean import clean_line
from bot.domain.mail import Bounce

MAX_LINES: Final = 500
MAX_LINE: Final = 1000
MAX_DIAGNOSTIC: Final = 500
UNTOLD: Final = "5.0.0"

_SUBJECTS: Final = (
    "undeliver", "returned mail", "failure notice", "delivery status", "delivery fail",
    "delivery has failed", "delivery problem", "delivery error", "delivery report",
    "delivery notif", "delivery incomplete", "delivery impossible", "mail delivery",
    "could not be delivered", "not be delivered", "mail system error", "returning to sender",
    "return to sender", "bounce notification", "non delivery", "non-delivery", "nondelivery",
    "warning: message", "warning--could not send", "could not send message", "failed delivery",
    "message delayed", "delayed mail", "delivery delay", "mail failure", "rejected",
    "message you sent blocked",
    "unzustellbar", "nicht zustellbar", "zustellung", "non remis", "non distribu", "non remise",
    "no se ha podido entregar", "no entregado", "mancata consegna", "non recapitat", "onbestelbaar",
    "não entregue", "falha na entrega", "niedostarczon", "не доставлено", "недоставленное",
    "配信不能", "配信エラー", "送信エラー", "退信", "无法投递", "無法傳遞",
)  # fmt: skip
_FAILED: Final = (
    "could not be delivered", "couldn't be delivered", "cannot be delivered", "can't be delivered",
    "was not delivered", "wasn't delivered", "not be delivered", "unable to deliver", "undelivered",
    "undeliverable", "delivery failed", "delivery has failed", "delivery to the following",
    "failed to deliver", "failed permanently", "permanent error", "permanent fatal error",
    "fatal errors", "delivery problems", "delivery error", "error delivering", "error occurred",
    "did not reach", "not reach the following", "failed recipient", "failed address", "rejected",
    "returned to sender", "wasn't able to deliver", "was undeliver", "user unknown", "unknown user",
    "no such user", "unknown recipient", "recipient unknown", "unknown address", "invalid address",
    "invalid recipient", "invalid final delivery", "unknown host", "host unknown", "unrouteable",
    "unroutable", "mailbox full", "mailbox is full", "mailbox unavailable", "mailbox not found",
    "over quota", "quota exceeded", "exceeded storage", "is not recognized", "does not exist",
    "doesn't exist", "doesn't have a", "account is disabled", "account has been disabled",
    "account that you tried to reach", "not listed in", "action: failed", "no mailbox here",
    "address not found", "error description", "failure reasons", "your message was not",
    "no valid recipients", "user's mailbox", "konnte nicht zugestellt", "nicht zugestellt werden",
    "unbekannter empfänger", "n'a pas pu être", "no se ha podido", "non è stato possibile",
    "impossibile recapitare", "não pôde ser", "kon niet worden", "не удалось доставить",
    "宛先不明", "配信できません", "送信できません", "あて先", "宛先", "无法送达", "无法投递",
)  # fmt: skip
_DELAYED: Final = (
    "will be retried", "will retry", "continue to try", "continue trying", "still trying",
    "keep trying", "has not yet been delivered", "not been delivered yet", "delayed", "deferred",
    "do not need to resend", "temporarily", "temporary problem", "will be attempted",
)  # fmt: skip
_FULL: Final = ("mailbox full", "mailbox is full", "over quota", "quota exceeded", "user's mailbox")
_NOBODY: Final = (
    "user unknown", "unknown user", "no such user", "unknown recipient", "recipient unknown",
    "does not exist", "doesn't exist", "no mailbox here", "address not found", "doesn't have a",
)  # fmt: skip
# Where the server's words end, and the mail that came back begins.
_BELOW: Final = (
    "below this line", "original message", "returned message", "headers follow", "header follows",
    "unsent message", "copy of the message", "copy of your message", "message text follows",
    "message follows", "bounced e-mail", "bounced message", "included is a copy", "text of message",
    "message header", "original mail", "ursprüngliche nachricht", "returned mail follows",
)  # fmt: skip
_HEADERS: Final = ("received:", "return-path:", "dkim-signature:", "x-originating-ip:")

_STATUS: Final = re.compile(r"(?<![\d.])([245]\.\d{1,3}\.\d{1,3})(?![\d.])")
_CODE: Final = re.compile(r"(?<![\d.:])([45])[0-5]\d[ -]+(?=[A-Za-z<\"'#(])")
_ADDRESS: Final = re.compile(r"[^\s<>()\[\]\"',;:@|]{1,64}@[^\s<>()\[\]\"',;:@|]{1,253}")
_MESSAGE_ID: Final = re.compile(r"^\W{0,3}message-id:\s*<([^<>\s]{3,500})>", re.IGNORECASE)


def reported(subject: str, text: str, failed: str, ours: Collection[str]) -> Bounce | None:
    """What the server says; None when it tells of no failure.

    `failed` is a recipient it names elsewhere, `ours` are the addresses it writes from and to.
    """
    lines = [line[:MAX_LINE].strip() for line in text.split("\n")[:MAX_LINES]]
    words = list(_own_words(lines))
    folded = "\n".join(words).casefold()
    announced = any(phrase in subject.casefold() for phrase in _SUBJECTS)
    told = any(phrase in folded for phrase in _FAILED)
    status = _status(words)
    recipient = sound_address(failed) or clean_line(failed, 200) or _recipient(words, ours)
    if not (failed or (announced and (told or status or recipient)) or (told and status)):
        return None
    delayed = not status and any(phrase in folded + subject.casefold() for phrase in _DELAYED)
    return Bounce(
        recipient=recipient,
        status=status or _guessed(folded),
        permanent=not delayed and not status.startswith("4"),
        diagnostic=clean_line(_diagnostic(words), MAX_DIAGNOSTIC),
        original_message_id=next(_ids(lines), ""),
    )


def _own_words(lines: Sequence[str]) -> Iterator[str]:
    for number, line in enumerate(lines):
        folded = line.casefold()
        if folded.startswith(_HEADERS):
            return
        # The same words may also announce the report, or tell when the mail was received.
        below = number > 2 and len(line) < 100 and " was received " not in folded
        if below and any(phrase in folded for phrase in _BELOW):
            return
        yield line


def _status(words: Sequence[str]) -> str:
    codes = [match[1] for line in words for match in _STATUS.finditer(line)]
    if failures := [code for code in codes if code[0] in "45"]:
        return failures[0]
    found = _CODE.search("\n".join(words))
    return f"{found[1]}.0.0" if found else ""


def _guessed(folded: str) -> str:
    if any(phrase in folded for phrase in _FULL):
        return "5.2.2"
    return "5.1.1" if any(phrase in folded for phrase in _NOBODY) else UNTOLD


def _recipient(words: Sequence[str], ours: Collection[str]) -> str:
    """The first address in the words that is neither the server's nor ours."""
    for line in words:
        for found in _ADDRESS.findall(line):
            address = sound_address(found.rstrip("."))
            local = address.partition("@")[0]
            if address and address not in ours and local not in ("mailer-daemon", "postmaster"):
                return address
    return ""


def _diagnostic(words: Sequence[str]) -> str:
    for pattern in (_STATUS, _CODE):
        if said := next((line for line in words if pattern.search(line)), ""):
            return said
    phrases = (line for line in words if any(p in line.casefold() for p in _FAILED))
    return next(phrases, next(filter(None, words), ""))


def _ids(lines: Sequence[str]) -> Iterator[str]:
    for line in lines:
        if match := _MESSAGE_ID.match(line):
            yield match[1]
