"""What must be true after any number of kills, read from the fakes' journals alone."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence

from tests.crash.load import Accepted
from tests.fakes.chat_server import Posted

_NUMBER = re.compile(r"SUP-\d+")
_HELD = re.compile(r"(\d+) alerts? grouped")


def complaints(journal: Sequence[Posted], accepted: Accepted, sent: Sequence[str]) -> list[str]:
    """Every broken promise, in words; `sent` are the recipients in the smarthost's journal."""
    return [
        *_posted_twice(journal),
        *_mails(journal, accepted),
        *_alerts(journal, accepted),
        *_notes(journal, accepted),
        *_greetings(accepted, sent),
    ]


def _posted_twice(journal: Sequence[Posted]) -> list[str]:
    # A page may come twice: after a doubtful try it is sent again at once, rather than looked up.
    once = (posted for posted in journal if posted.kind not in ("edit", "direct"))
    counts = Counter(posted.key for posted in once)
    return [f"{key} was posted {count} times" for key, count in counts.items() if count > 1]


def _mails(journal: Sequence[Posted], accepted: Accepted) -> list[str]:
    cards = Counter(
        token
        for posted in journal
        if posted.kind == "thread"
        for token in re.findall(r"mail-\d{5}", posted.fallback)[:1]
    )
    numbers = Counter(
        found.group()
        for posted in journal
        if posted.kind == "thread" and (found := _NUMBER.search(posted.fallback))
    )
    said = Counter(
        token
        for posted in journal
        if posted.kind == "post"
        for token in re.findall(r"Words of (mail-\d{5})", posted.text)
    )
    lost = [f"{token} has no card" for token in accepted.mails if not cards[token]]
    unsaid = [f"{token} is not in a thread" for token in accepted.mails if not said[token]]
    twice = [f"{token} has {n} cards" for token, n in cards.items() if n > 1]
    double = [f"{number} has {n} cards" for number, n in numbers.items() if n > 1]
    return [*lost, *unsaid, *twice, *double]


def _alerts(journal: Sequence[Posted], accepted: Accepted) -> list[str]:
    """The incidents' cards, as they were drawn last, hold every accepted alert exactly once."""
    roots = {p.id: p for p in journal if p.kind == "thread" and "INC-" in p.fallback}
    latest = {id_: root.text for id_, root in roots.items()}
    for posted in journal:
        if posted.kind == "edit" and posted.to in latest:
            latest[posted.to] = posted.text
    held = sum(int(found.group(1)) for text in latest.values() if (found := _HELD.search(text)))
    if held == len(accepted.alerts):
        return []
    return [f"{len(accepted.alerts)} alerts were accepted, the incidents hold {held}"]


def _notes(journal: Sequence[Posted], accepted: Accepted) -> list[str]:
    said = [
        token
        for posted in journal
        if posted.kind == "post"
        for token in re.findall(r"note-\d{5}", posted.text)
    ]
    lost = [
        f"{token} was accepted and is not in the thread"
        for token in accepted.notes
        if token not in said
    ]
    disorder = ["notes are out of order"] if said != sorted(said) else []
    return [*lost, *disorder]


def _greetings(accepted: Accepted, sent: Sequence[str]) -> list[str]:
    thanked = Counter(address.partition("@")[0] for address in sent)
    return [f"{token} was never thanked" for token in accepted.mails if not thanked[token]]
