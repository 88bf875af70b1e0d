"""A chat platform in memory: keeps what was posted and drawn, and every call in a journal."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field

from adapters.memory.script import Script
from bot.cards import Card
from bot.domain.threads import Space, ThreadRef
from bot.errors import GONE, Fault, PermanentError, open_to_all


@dataclass(slots=True, kw_only=True)
class Posting:
    """A message: where it stands (`thread` empty in the channel itself), and how it was drawn.

    `members` are those who see a hidden thread that it begins; None: whoever reads the channel.
    """

    id: str
    space: str
    thread: str
    key: str
    card: Card
    earlier: list[Card] = field(default_factory=list)
    members: set[str] | None = None

    def draw(self, card: Card) -> None:
        """Show another card from now on."""
        self.earlier.append(self.card)
        self.card = card


@dataclass(frozen=True, slots=True, kw_only=True)
class SurfaceCall:
    """One call, whatever became of it; `to` is a channel, thread, message or account."""

    method: str
    to: str
    card: Card | None = None
    key: str = ""


class MemorySurface:
    """ChatSurface in memory; a repeated key changes nothing and gives the same id.

    With `hides`, channels can hold threads that only some of their readers see.
    """

    def __init__(self, name: str = "memory", *, hides: bool = False) -> None:
        self.name = name
        self._hides = hides
        self.script = Script()
        self.calls: list[SurfaceCall] = []
        self._postings: dict[str, Posting] = {}
        self._by_key: dict[str, str] = {}
        self._serial = 0

    # ------------------------------------------------------------ the port

    async def open_thread(self, place: Space, card: Card, key: str, *, hidden: bool = False) -> str:
        """Post the card; its id is the thread's."""
        self._note("open_thread", str(place), card, key)
        with self.script.step():
            if hidden and not (self._hides or place.direct):
                raise open_to_all(str(place))
            root = self._add(place.id, "", card, key)
        if hidden and not place.direct and self._postings[root].members is None:
            self._postings[root].members = set()
        return root

    async def admit(self, ref: ThreadRef, account: str) -> None:
        """Let somebody see a hidden thread; a direct conversation has its one reader."""
        self._note("admit", f"{ref}+{account}")
        with self.script.step():
            members = self._posting(ref.id).members
            if members is None:
                raise open_to_all(str(ref))
            members.add(account)

    async def remove(self, ref: ThreadRef, account: str) -> None:
        """Let somebody see a hidden thread no more."""
        self._note("remove", f"{ref}-{account}")
        with self.script.step():
            members = self._posting(ref.id).members
            if members is None:
                raise open_to_all(str(ref))
            members.discard(account)

    async def post(self, ref: ThreadRef, card: Card, key: str) -> str:
        """Post into the thread, or into the channel when `ref.id` is empty."""
        self._note("post", str(ref), card, key)
        with self.script.step():
            if ref.id:
                self._posting(ref.id)
            return self._add(ref.space, ref.id, card, key)

    async def edit(self, ref: ThreadRef, message: str, card: Card) -> None:
        """Draw a message again; PermanentError when it is gone."""
        self._note("edit", message, card)
        with self.script.step():
            self._posting(message).draw(card)

    async def direct(self, account: str, card: Card, key: str) -> str:
        """Post into the person's own channel."""
        self._note("direct", account, card, key)
        with self.script.step():
            return self._add(f"@{account}", "", card, key)

    async def edit_direct(self, account: str, message: str, card: Card) -> None:
        """Draw a direct message again; PermanentError when it is gone."""
        self._note("edit_direct", message, card)
        with self.script.step():
            self._posting(message).draw(card)

    async def cleanse(self, ref: ThreadRef, card: Card, kept: Collection[str]) -> None:
        """Nothing to do: a thread is its messages."""
        self._note("cleanse", str(ref), card)
        with self.script.step():
            self._posting(ref.id)

    async def find(self, ref: ThreadRef, key: str) -> str | None:
        """What was posted with the key."""
        self._note("find", str(ref), key=key)
        with self.script.step():
            return self._by_key.get(key)

    # ------------------------------------------------------------ what a test or the simulator sees

    def everything(self) -> tuple[Posting, ...]:
        """All messages, in the order they were posted."""
        return tuple(self._postings.values())

    def message(self, id_: str) -> Posting:
        """One message; KeyError when there is none."""
        return self._postings[id_]

    def channel(self, space: str) -> tuple[Posting, ...]:
        """What stands in the channel itself, roots of threads included, in order."""
        return self._where(space, "")

    def thread(self, root: str) -> tuple[Posting, ...]:
        """The root and all that was posted into its thread, in order."""
        posting = self._postings[root]
        return (posting, *self._where(posting.space, root))

    def directs(self, account: str) -> tuple[Posting, ...]:
        """What one person alone was sent."""
        return self.channel(f"@{account}")

    def called(self, *methods: str) -> tuple[SurfaceCall, ...]:
        """The calls of these methods; of all when none is named."""
        return tuple(call for call in self.calls if not methods or call.method in methods)

    def forget(self, root: str) -> None:
        """Delete a message and its thread, as people do."""
        gone = {posting.id for posting in self.thread(root)}
        self._postings = {i: p for i, p in self._postings.items() if i not in gone}
        self._by_key = {key: id_ for key, id_ in self._by_key.items() if id_ not in gone}

    # ------------------------------------------------------------ inside

    def _note(self, method: str, to: str, card: Card | None = None, key: str = "") -> None:
        self.calls.append(SurfaceCall(method=method, to=to, card=card, key=key))

    def _add(self, space: str, thread: str, card: Card, key: str) -> str:
        known = self._by_key.get(key)
        if known is not None:
            return known
        self._serial += 1
        id_ = str(self._serial)
        self._postings[id_] = Posting(id=id_, space=space, thread=thread, key=key, card=card)
        self._by_key[key] = id_
        return id_

    def _posting(self, id_: str) -> Posting:
        posting = self._postings.get(id_)
        if posting is None:
            words = f"{self.name} has no message {id_}"
            raise PermanentError(words, fault=Fault.DESTINATION, code=GONE)
        return posting

    def _where(self, space: str, thread: str) -> tuple[Posting, ...]:
        return tuple(
            posting
            for posting in self._postings.values()
            if posting.space == space and posting.thread == thread
        )
