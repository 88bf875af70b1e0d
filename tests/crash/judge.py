"""What must be true after any number of kills, seen from outside alone: what Slack took, what the
console shows, and who got a mail.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from tests.crash.load import Accepted
from tests.crash.slack import Json, Record

_NUMBER = re.compile(r"[A-Z]{3}-\d+")
_MAIL = re.compile(r"mail-\d{5}")
_SAID = re.compile(r"Words of (mail-\d{5})")
_NOTE = re.compile(r"note-\d{5}")
_HELD = re.compile(r"(\d+) alerts? grouped")


@dataclass(frozen=True, slots=True, kw_only=True)
class Post:
    """A message that Slack took from the app; `thread` is empty in the channel itself."""

    channel: str
    ts: str
    thread: str
    key: str
    text: str
    blocks: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What Slack was called for, the notes that the console shows by their ticket's number, and
    the addresses that got a mail; `left` is how much still waits to leave, or never will.
    """

    record: Record
    console: Mapping[str, Sequence[str]]
    greeted: Sequence[str]
    left: int = 0

    @property
    def posts(self) -> list[Post]:
        """The messages in channels; a direct one is a page, which may come twice after a doubtful
        try: it is sent again at once, rather than looked up.
        """
        posts = map(_post, self.record.taken("chat.postMessage"))
        return [post for post in posts if post.channel.startswith("C")]

    @property
    def drawn(self) -> dict[str, str]:
        """The blocks of each message as they are now, by its `ts`."""
        calls = [*self.record.taken("chat.postMessage"), *self.record.taken("chat.update")]
        return {post.ts: post.blocks for post in map(_post, calls)}


def _post(call: Json) -> Post:
    given, answer = call["arguments"], call["answer"]
    metadata = given.get("metadata") or {}
    return Post(
        channel=answer["channel"],
        ts=answer["ts"],
        thread=given.get("thread_ts", ""),
        key=metadata.get("event_payload", {}).get("key", ""),
        text=given["text"],
        blocks=json.dumps(given["blocks"]),
    )


def complaints(outcome: Outcome, accepted: Accepted) -> list[str]:
    """Every broken promise, in words."""
    posts = outcome.posts
    return [
        *_more_than_once((post.key for post in posts), "was posted"),
        *_mails(posts, accepted),
        *_alerts(posts, outcome.drawn, accepted),
        *_notes(posts, outcome.console, accepted),
        *_greetings(outcome.greeted, accepted),
        *([f"{outcome.left} parcels did not leave"] if outcome.left else []),
    ]


def _more_than_once(found: Iterable[str], what: str) -> list[str]:
    return [f"{key} {what} {count} times" for key, count in Counter(found).items() if count > 1]


def _mails(posts: Sequence[Post], accepted: Accepted) -> list[str]:
    cards = [post.text for post in posts if not post.thread and _MAIL.search(post.text)]
    shown = [found.group() for card in cards if (found := _MAIL.search(card))]
    numbers = [found.group() for card in cards if (found := _NUMBER.search(card))]
    said = [found[1] for post in posts if post.thread and (found := _SAID.search(post.text))]
    return [
        *(f"{token} has no card" for token in accepted.mails if token not in shown),
        *(f"{token} is not in a thread" for token in accepted.mails if token not in said),
        *_more_than_once(shown, "has a card"),
        *_more_than_once(numbers, "has a card"),
        *_more_than_once(said, "is in a thread"),
    ]


def _alerts(posts: Sequence[Post], drawn: Mapping[str, str], accepted: Accepted) -> list[str]:
    """The incidents' cards, as they were drawn last, hold every accepted alert exactly once."""
    cards = [drawn[post.ts] for post in posts if not post.thread and "INC-" in post.text]
    held = sum(int(found[1]) for card in cards if (found := _HELD.search(card)))
    if held == len(accepted.alerts):
        return []
    return [f"{len(accepted.alerts)} alerts were accepted, the incidents hold {held}"]


def _notes(
    posts: Sequence[Post], console: Mapping[str, Sequence[str]], accepted: Accepted
) -> list[str]:
    """What was said in a thread is told on the console, each once and in that order; where it was
    said, nobody says it again.
    """
    found = []
    for number, thread in accepted.notes.items():
        said = [token for _, token in sorted(thread.items())]
        if said != (told := list(console.get(number, ()))):
            found.append(f"{number}: said {said}, told {told}")
    again = [note.group() for post in posts if (note := _NOTE.search(post.text))]
    return [*found, *(f"{token} was said again" for token in again)]


def _greetings(greeted: Sequence[str], accepted: Accepted) -> list[str]:
    thanked = {address.partition("@")[0] for address in greeted}
    return [f"{token} was never thanked" for token in accepted.mails if token not in thanked]
