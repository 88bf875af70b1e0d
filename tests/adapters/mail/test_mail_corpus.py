"""Golden mails: each is named by the rule it is about; beside it stands what it must be read as.

The rules: R receiving and limits, T threads, S senders, Z authentication, A automatic mail,
B bounces, C content, D quotations.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any, Final

import pytest

from adapters.mail.reader import read_mail
from bot.domain.mail import Bounce, Forwarded, InboundMail
from tests import mail_corpus

CORPUS: Final = Path(__file__).parents[2] / "fixtures" / "mail" / "corpus"
MAILS: Final = sorted(path.stem for path in CORPUS.glob("*.eml"))

SEEN: Final[dict[str, Callable[[InboundMail], Any]]] = {
    "sender": lambda mail: str(mail.sender) if mail.sender else None,
    "original_sender": lambda mail: str(mail.original_sender),
    "to": lambda mail: [a.address for a in mail.to],
    "reply_to": lambda mail: [a.address for a in mail.reply_to],
    "cc_count": lambda mail: len(mail.cc),
    "date": lambda mail: mail.date.isoformat() if mail.date else None,
    "fresh": lambda mail: mail.fresh_text,
    "files": lambda mail: [[f.name, f.content_type] for f in mail.attachments],
    "inline": lambda mail: [f.inline for f in mail.attachments],
    "notes": lambda mail: list(mail.defects),
    "bounce": lambda mail: _bounce(mail.bounce),
    "forwarded": lambda mail: _forwarded(mail.forwarded),
    "verdicts": lambda mail: [[v.server, v.dmarc, v.domain] for v in mail.verdicts],
}


@pytest.mark.parametrize("name", MAILS)
def test_each_mail_is_read_as_it_must_be(name: str) -> None:
    found = read_mail((CORPUS / f"{name}.eml").read_bytes())
    expected = json.loads((CORPUS / f"{name}.json").read_text())
    assert expected
    assert {fact: _seen(found, fact, value) for fact, value in expected.items()} == expected


def test_each_rule_of_reading_has_a_mail() -> None:
    rules = {name.partition("-")[0] for name in MAILS}
    wanted = "R3 R5 R8 T1 T3 T7 S1 S2 S3 S5 S6 Z1 Z3 A1 B1 B2 C1 C2 C3 C4 C5 C6 D1"
    assert set(wanted.split()) <= rules


def test_the_tool_for_other_corpora_reads_this_one() -> None:
    assert mail_corpus.main(CORPUS, show=False) == 0


def _seen(mail: InboundMail, fact: str, expected: Any) -> Any:
    """The fact in the form of the expectation; of a bounce only what is expected."""
    found = SEEN[fact](mail) if fact in SEEN else getattr(mail, fact)
    if isinstance(expected, dict) and isinstance(found, dict):
        return {key: value for key, value in found.items() if key in expected}
    return list(found) if isinstance(found, tuple) else found


def _bounce(bounce: Bounce | None) -> dict[str, Any] | None:
    return asdict(bounce) if bounce else None


def _forwarded(mail: Forwarded | None) -> dict[str, str] | None:
    if mail is None:
        return None
    return {**asdict(mail), "sender": str(mail.sender)}
