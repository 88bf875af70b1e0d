"""An IMAP server with one folder that speaks enough of RFC 3501 and 2177, and fails on purpose."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Final

from tests.fakes.listening import Listening
from tests.fakes.sasl import AFTER_REFUSAL, REASON, Takes, sound

_IN: Final = "OK in"
_FETCHED: Final = re.compile(r"BODY\.PEEK\[(HEADER)?\](?:<0\.(\d+)>)?")


@dataclass(slots=True)
class Letter:
    """A message in the folder."""

    uid: int
    raw: bytes
    flags: set[str] = field(default_factory=set)
    came: date = date(2026, 3, 2)


class FakeImap(Listening):
    """Serves one folder on a port of its own. `async with` starts and stops it.

    `refused` UIDs are answered with NO when their body is asked for, `unsized` ones whatever is
    asked, `deadly` ones with a closed connection, `hollow` ones with NIL in place of the body.
    `journal` holds every command line, `seen_order` the UIDs as they were marked; a folder that is
    `read_only` marks none.

    With `takes` it lets in by tokens alone (AUTHENTICATE with these mechanisms), else by the
    password; `logins` tells how each try ended. `sasl_ir` says whether it announces RFC 4959; what
    comes without is taken all the same.
    """

    def __init__(
        self,
        *,
        idle: bool = True,
        user: str = "desk",
        password: str = "pw",
        takes: Takes | None = None,
        mechanisms: Sequence[str] = ("XOAUTH2",),
        sasl_ir: bool = True,
    ) -> None:
        super().__init__()
        self.letters: list[Letter] = []
        self.validity = 7
        self.journal: list[str] = []
        self.refused: set[int] = set()
        self.deadly: set[int] = set()
        self.hollow: set[int] = set()
        self.unsized: set[int] = set()
        self.read_only = False
        self.seen_order: list[int] = []
        self.refusal = "NO [AUTHENTICATIONFAILED] no"
        self.idling = asyncio.Event()
        self.logins: list[bool] = []
        self._login = (user, password)
        self._takes = takes
        self._offers = ["IDLE"] if idle else []
        self._offers += [f"AUTH={name}" for name in mechanisms] if takes else []
        self._offers += ["SASL-IR"] if takes and sasl_ir else []
        self._next = 1
        self._waiting: set[asyncio.StreamWriter] = set()

    def put(self, raw: bytes, *flags: str) -> Letter:
        """A message arrives; those that wait in IDLE are told."""
        letter = Letter(self._next, raw, set(flags))
        self._next += 1
        self.letters.append(letter)
        for writer in self._waiting:
            writer.write(f"* {len(self.letters)} EXISTS\r\n".encode())
        return letter

    def renumber(self, validity: int) -> None:
        """The folder gets a new UIDVALIDITY, and every message another UID."""
        self.validity = validity
        for letter in self.letters:
            letter.uid += 500
        self._next += 500
        self.hang_up()

    async def _talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"* OK [CAPABILITY IMAP4rev1] ready\r\n")
        try:
            while line := (await reader.readline()).decode().rstrip("\r\n"):
                self.journal.append(line)
                tag, _, rest = line.partition(" ")
                if not await self._command(tag, rest, reader, writer):
                    break
                await writer.drain()
        finally:
            self._waiting.discard(writer)

    async def _command(
        self, tag: str, rest: str, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> bool:
        """Answer; False ends the connection."""
        verb, _, words = rest.partition(" ")
        match verb.upper():
            case "IDLE":
                await self._wait(reader, writer)
                answer = f"{tag} OK idle ended\r\n"
            case "LOGOUT":
                writer.write(f"* BYE\r\n{tag} OK bye\r\n".encode())
                return False
            case "AUTHENTICATE":
                answer = f"{tag} {await self._authenticate(words, reader, writer)}\r\n"
            case "UID":
                return self._by_uid(tag, words, writer)
            case name:
                answer = self._simple(name, words, tag)
        writer.write(answer.encode())
        return True

    def _simple(self, verb: str, words: str, tag: str) -> str:
        match verb:
            case "CAPABILITY":
                offers = " ".join(["IMAP4rev1", *self._offers])
                return f"* CAPABILITY {offers}\r\n{tag} OK done\r\n"
            case "LOGIN":
                given = words.replace('"', "").split(" ")
                self.logins.append(self._takes is None and given == list(self._login))
                return f"{tag} {_IN if self.logins[-1] else self.refusal}\r\n"
            case "SELECT" | "EXAMINE" if '"INBOX"' in words:
                facts = f"* {len(self.letters)} EXISTS\r\n* OK [UIDVALIDITY {self.validity}] ok\r\n"
                rights = "READ-ONLY" if self.read_only else "READ-WRITE"
                return f"{facts}{tag} OK [{rights}] selected\r\n"
            case "SELECT":
                return f"{tag} NO no such folder\r\n"
            case _:
                return f"{tag} BAD unknown\r\n"

    async def _authenticate(
        self, words: str, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> str:
        """AUTHENTICATE, with an initial response or without; a refusal names its reason first."""
        mechanism, _, said = words.partition(" ")
        if self._takes is None or f"AUTH={mechanism}" not in self._offers:
            return "NO [CANNOT] there is no such mechanism"
        if not said:
            writer.write(b"+ \r\n")
            said = (await reader.readline()).decode().strip()
        self.logins.append(sound(mechanism, said.encode(), self._takes))
        if self.logins[-1]:
            return _IN
        writer.write(f"+ {REASON}\r\n".encode())
        word = (await reader.readline()).rstrip(b"\r\n")
        return self.refusal if word == AFTER_REFUSAL[mechanism] else "BAD that is no answer"

    async def _wait(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"+ idling\r\n")
        self._waiting.add(writer)
        self.idling.set()
        self.journal.append((await reader.readline()).decode().strip())
        self.idling.clear()
        self._waiting.discard(writer)

    def _by_uid(self, tag: str, words: str, writer: asyncio.StreamWriter) -> bool:
        verb, _, rest = words.partition(" ")
        match verb.upper():
            case "SEARCH":
                found = " ".join(str(letter.uid) for letter in self._found(rest))
                writer.write(f"* SEARCH {found}".rstrip().encode() + b"\r\n")
            case "STORE" if self.read_only:
                writer.write(f"{tag} NO the folder cannot be changed\r\n".encode())
                return True
            case "STORE":
                letter = self._letter(int(rest.partition(" ")[0]))
                letter.flags.add("\\Seen")
                self.seen_order.append(letter.uid)
            case "FETCH":
                uids, _, what = rest.partition(" ")
                numbers = [int(uid) for uid in uids.split(",")]
                if "BODY" in what and self.deadly & set(numbers):
                    return False
                bad = self.unsized | (self.refused if "BODY" in what else set())
                if bad & set(numbers):
                    writer.write(f"{tag} NO [SERVERBUG] cannot read it\r\n".encode())
                    return True
                for letter in self.letters:
                    if letter.uid in numbers:
                        writer.write(self._shown(letter, what))
        writer.write(f"{tag} OK done\r\n".encode())
        return True

    def _found(self, criteria: str) -> list[Letter]:
        match criteria.split():
            case ["UID", span]:
                lowest = int(span.partition(":")[0])
                above = [letter for letter in self.letters if letter.uid >= lowest]
                return above or self.letters[-1:]
            case ["OR", "UNSEEN", "SINCE", day]:
                since = datetime.strptime(day, "%d-%b-%Y").date()  # noqa: DTZ007
                return [m for m in self.letters if "\\Seen" not in m.flags or m.came >= since]
            case _:
                return [m for m in self.letters if "\\Seen" not in m.flags]

    def _letter(self, uid: int) -> Letter:
        return next(letter for letter in self.letters if letter.uid == uid)

    def _shown(self, letter: Letter, what: str) -> bytes:
        number = self.letters.index(letter) + 1
        head = f"* {number} FETCH (UID {letter.uid} ".encode()
        if "RFC822.SIZE" in what:
            return head + f"RFC822.SIZE {len(letter.raw)})\r\n".encode()
        found = _FETCHED.search(what)
        assert found is not None, what
        section, most = found[1] or "", found[2]
        if letter.uid in self.hollow:
            return head + f"BODY[{section}] NIL)\r\n".encode()
        part = letter.raw.partition(b"\r\n\r\n")[0] + b"\r\n\r\n" if section else letter.raw
        part = part[: int(most)] if most else part
        origin = "<0>" if most else ""
        return head + f"BODY[{section}]{origin} {{{len(part)}}}\r\n".encode() + part + b")\r\n"
