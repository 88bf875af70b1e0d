"""A customer who leaves a trace wherever a trace can be left, and a look for what is left."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

from bot.domain.changes import Change
from bot.domain.drafts import Draft
from bot.domain.effects import ParcelState
from bot.domain.events import MessagePinned
from bot.domain.mail import Attachment
from bot.errors import Fault, PermanentError
from bot.ports import Arrival
from bot.services.recording import record
from storage.database import Database
from storage.privacy.personal import IMPERSONAL, PERSONAL
from tests.scenario.world import World

ADDRESS = "quokka@zanzibar.example"
PERSON = f"Quilla Quokka <{ADDRESS}>"
BOB = "bob@acme.example"
#: Of the address, the name, the subject, the words, a file's name and what stands in it.
CANARIES = ("quokka", "zanzibar", "quilla", "xylophone", "tungsten", "obsidian", "bismuth")
FILE = Attachment(name="obsidian.txt", content_type="text/plain", content=b"bismuth " * 40)
REFUSED = PermanentError(f"550 5.1.1 <{ADDRESS}> is unknown", fault=Fault.DESTINATION, code="5.1.1")
REPORT = f"""\
From: MAILER-DAEMON@mx.example
To: {{to}}
Subject: failure notice
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status; boundary=b

--b
Content-Type: text/plain

The mail to {ADDRESS} about xylophones came back.

--b
Content-Type: message/delivery-status

Reporting-MTA: dns; mx.example

Final-Recipient: rfc822; {ADDRESS}
Action: failed
Status: 5.1.1
Diagnostic-Code: smtp; 550 no {ADDRESS} here

--b--
"""


async def play(world: World) -> None:
    """All that can happen between a desk and a customer: SUP-1, SUP-4 and SUP-5 are theirs."""
    await _ticket(world)
    await _of_others(world)
    await _delivery(world)
    await _merge(world)
    await _besides(world)


async def _ticket(world: World) -> None:
    await world.mail(
        "The tungsten is broken.\n" * 290,
        sender=PERSON,
        subject="Xylophone trouble",
        files=[FILE],
        Cc=f"{BOB}, billing@shop.example",
        message_id="first.quokka@zanzibar.example",
    )
    await world.run("ana", "/ticket claim SUP-1")
    await world.run("ana", f"/ticket note SUP-1 I wrote to {ADDRESS.upper()} before.")
    await world.run("ana", f"/ticket add SUP-1 {BOB}")
    await world.run("ana", "/ticket reply SUP-1 Please wait.")
    await world.after(seconds=10)
    mail = [m for m in world.mailbox.mails(ADDRESS) if not m.automatic][-1]
    await answer(world, mail, "More tungsten\n\n> a quotation of tungsten", PERSON)


async def answer(world: World, mail: Any, text: str, sender: str, **more: Any) -> None:
    """Somebody answers a mail of ours."""
    reference = f"<{mail.message_id}>"
    subject = f"Re: {mail.subject}"
    await world.mail(
        text, sender=sender, to=mail.reply_to, subject=subject, In_Reply_To=reference, **more
    )


async def _of_others(world: World) -> None:
    """Bob's ticket, on which they are held, and his other one, on which they take part."""
    await world.mail("Mine, too.", sender=BOB, subject="Other matter")
    await world.run("ana", "/ticket reply SUP-2 Is it?")
    await world.after(seconds=10)
    mail = [m for m in world.mailbox.mails(BOB) if not m.automatic][-1]
    await answer(world, mail, "Me and tungsten", PERSON, files=[FILE])
    await world.mail(f"Ask {ADDRESS} as well.", sender=BOB, subject="Third matter")
    await world.run("ana", f"/ticket add SUP-3 {ADDRESS}")
    await world.run("ana", "/ticket reply SUP-3 To you both.")
    await world.after(seconds=10)
    mail = [m for m in world.mailbox.mails(ADDRESS) if not m.automatic][-1]
    await answer(world, mail, "I say tungsten", PERSON, files=[FILE])
    mail = [m for m in world.mailbox.mails(BOB) if not m.automatic][-1]
    await answer(world, mail, "Right.\n\nOn Monday Quilla wrote:\n> I say tungsten", BOB)


async def _delivery(world: World) -> None:
    """A mail that is refused, and one that comes back; a second ticket that runs late."""
    world.mailbox.script.then(REFUSED)
    await world.run("ana", "/ticket reply SUP-1 Once more.")
    await world.after(seconds=10)
    await world.mail("Tungsten again", sender=PERSON, subject="Xylophone two", files=[FILE])
    path = [m for m in world.mailbox.mails(ADDRESS) if not m.automatic][-1].envelope_from
    await world.raw_mail(REPORT.format(to=path).replace("\n", "\r\n").encode(), "", path)
    await world.after(hours=2)


async def _merge(world: World) -> None:
    """Another ticket of theirs goes on in Bob's, and somebody pins what they said."""
    await world.mail("More tungsten", sender=PERSON, subject="Xylophone three", files=[FILE])
    await world.run("carla", "/ticket merge SUP-5 SUP-2 join")
    ticket = await world.ticket("SUP-2")
    pinned = MessagePinned(message=(await world.messages("SUP-2"))[-1].id, text="More tungsten")
    async with world.store.work() as work:
        await record(
            world.core, work, ticket, Change(ticket, (pinned,)), "person:ana", world.clock.now()
        )
    await world.settle()


async def _besides(world: World) -> None:
    """Mail in quarantine, a draft, and mail that waits to leave."""
    await world.mail(
        "Tungsten to nobody", sender=PERSON, to="none@shop.example", subject="Xylophone"
    )
    raw = f"From: {BOB}\r\nTo: nobody@shop.example\r\nCc: {PERSON}\r\n\r\nHi".encode()
    await world.raw_mail(raw, BOB, "nobody@shop.example")
    ticket = await world.item("SUP-4")
    async with world.store.work() as work:
        text = f"Dear Quilla, about tungsten ({ADDRESS})"
        at = world.clock.now()
        await work.drafts.keep(Draft(person="ana", item=ticket.id, text=text, at=at))
        other = await work.items.get("SUP-3")
        assert other is not None
        text = f"Ask {ADDRESS}!"
        await work.drafts.keep(Draft(person="ana", item=other.id, text=text, at=at))
    await world.run("ana", "/ticket reply SUP-1 This waits.")
    assert await world.store.outbox.find(ParcelState.WAITING)


async def arrives_later(world: World) -> None:
    """A mail that nobody has looked at yet."""
    raw = f"From: {PERSON}\r\nTo: support@shop.example\r\nSubject: xylophone\r\n\r\ntungsten"
    meta = {"from": PERSON, "mail_from": ADDRESS, "rcpt": "support@shop.example"}
    arrival = Arrival(source="mail", key="later", raw=raw.encode(), meta=meta)
    await world.store.inbox.accept(arrival)


# ---------------------------------------------------------------- looking


def canaries_in(texts: Iterable[object]) -> set[str]:
    """Which of them stand in the texts."""
    told = "\n".join(map(str, texts)).lower()
    return {canary for canary in CANARIES if canary in told}


def canaries_in_files(file: Path) -> set[str]:
    """Which of them stand in the bytes of a SQLite file and its log."""
    found = set()
    for path in (file, file.with_name(f"{file.name}-wal")):
        raw = path.read_bytes().lower() if path.exists() else b""
        found |= {canary for canary in CANARIES if canary.encode() in raw}
    return found


async def every_row(database: Database) -> list[str]:
    """All rows of all tables, as text."""
    found: list[str] = []
    for table in {**PERSONAL, **IMPERSONAL}:
        rows = await database.fetch(f"SELECT * FROM {table}")
        found += [f"{table}: {_readable(row)}" for row in rows]
    return found


def _readable(row: dict[str, Any]) -> str:
    told = (
        bytes(value).decode("latin-1") if isinstance(value, bytes | memoryview) else str(value)
        for value in row.values()
    )
    return " | ".join(told)
