"""What the team attaches is looked at: no virus reaches a customer, and who sends it is told."""

from __future__ import annotations

from dataclasses import replace

import pytest

from adapters.mail.clamd import Clamd, ClamdSettings
from bot.commands.call import Reply
from bot.domain.directory import Directory, ReplyMode
from bot.domain.mail import Attachment
from bot.domain.messages import Delivery, Voice
from bot.operate.examining.viruses import eicar
from bot.services.viruses import VirusGuard
from tests.fakes.clamd import FakeClamd
from tests.scenario.conftest import OpenDesk
from tests.scenario.desk import BOB, Desk, labels, told, words
from tests.scenario.mail.test_viruses import FOUND, clamd, notices

__all__ = ["clamd"]

BAD = Attachment(name="invoice.exe", content_type="application/octet-stream", content=eicar())
FINE = Attachment(name="log.txt", content_type="text/plain", content=b"line one\n")


def guard(port: int, *, required: bool = True) -> VirusGuard:
    """The daemon on that port looks at what goes out."""
    client = Clamd(ClamdSettings(host="127.0.0.1", port=port, timeout=5.0))
    return VirusGuard(client, lambda _: None, required=required)


@pytest.fixture
async def desk(open_desk: OpenDesk, clamd: FakeClamd) -> Desk:
    """A desk with a ticket of Maria's, whose replies are looked at."""
    desk = await open_desk(guard=guard(clamd.port))
    await desk.mail()
    return desk


async def reply(desk: Desk, *files: Attachment, text: str = "See the file.") -> Reply:
    return await desk.run("ana", f"/ticket reply SUP-1 {text}", files=files)


async def learns_later(desk: Desk, clamd: FakeClamd) -> None:
    """The virus is known only when the mail leaves."""
    clamd.signatures.clear()
    assert "Sending to" in told(await reply(desk, FINE, BAD))
    clamd.signatures[eicar()] = FOUND
    await desk.after(seconds=10)


# ---------------------------------------------------------------- at the gesture


async def test_who_sends_a_virus_is_told_at_once(desk: Desk) -> None:
    answer = await reply(desk, FINE, BAD)
    assert told(answer).startswith(f"🦠 Not sent: {FOUND} was found in “invoice.exe”.")
    await desk.after(minutes=1)
    assert (desk.mails(), (await desk.newest()).voice) == ([], Voice.CUSTOMER)


async def test_the_words_are_kept_and_can_be_sent_without_it(desk: Desk) -> None:
    answer = await reply(desk, BAD)
    assert answer.card is not None
    assert labels(answer.card) == ["Send without files", "Open the form again", "Discard"]
    await desk.press("ana", answer.card.actions[0].id)
    await desk.after(seconds=10)
    assert [(mail.text.strip(), mail.attachments) for mail in desk.mails()] == [
        ("See the file.", ())
    ]


async def test_talk_that_goes_to_the_customer_is_looked_at_too(
    open_desk: OpenDesk, directory: Directory, clamd: FakeClamd
) -> None:
    support = replace(directory.desks["support"], reply_mode=ReplyMode.MIRROR)
    desks = {**directory.desks, "support": support}
    desk = await open_desk(guard=guard(clamd.port), desks=desks)
    await desk.mail()
    answer = await desk.dispatcher.say(await desk.talk("ana", "See the file.", files=(BAD,)))
    assert "Not sent" in told(answer)


async def test_a_note_is_for_the_team_alone(desk: Desk, clamd: FakeClamd) -> None:
    await desk.run("ana", "/ticket note SUP-1 look", files=(BAD,))
    assert clamd.streams == []
    assert [file.name for file in (await desk.newest()).attachments] == ["invoice.exe"]


async def test_what_is_clean_leaves(desk: Desk) -> None:
    assert "virus" not in told(await reply(desk, FINE))
    await desk.after(seconds=10)
    assert [file.name for file in desk.mails()[0].attachments] == ["log.txt"]


async def test_what_the_scanner_does_not_take_does_not_leave(desk: Desk, clamd: FakeClamd) -> None:
    clamd.limit = 4
    answer = told(await reply(desk, FINE))
    assert "“log.txt” cannot be checked for viruses, and does not leave" in answer


# ---------------------------------------------------------------- as the mail leaves


async def test_a_virus_that_is_known_later_does_not_leave_either(
    desk: Desk, clamd: FakeClamd
) -> None:
    await learns_later(desk, clamd)
    assert (desk.mails(), (await desk.newest()).delivery) == ([], Delivery.FAILED)
    thread = " ".join(await desk.thread("SUP-1"))
    assert f"“invoice.exe”: {FOUND} was found in it; nothing was sent" in thread


async def test_its_message_says_so_and_is_sent_without_it(desk: Desk, clamd: FakeClamd) -> None:
    await learns_later(desk, clamd)
    shown = next(post for post in await desk.posts() if "See the file." in words(post))
    assert f"🦠 Does not leave: “invoice.exe”: {FOUND} was found in it." in words(shown)
    assert [file.name for file in shown.files] == ["log.txt"]
    assert labels(shown)[0] == "Send without it"
    again = await desk.press("ana", shown.actions[0].id)
    assert "without “invoice.exe”" in told(again)
    await desk.after(seconds=10)
    assert [[f.name for f in mail.attachments] for mail in desk.mails()] == [["log.txt"]]


async def test_nobody_gets_it_and_no_address_is_stopped(desk: Desk, clamd: FakeClamd) -> None:
    await desk.run("ana", f"/ticket add SUP-1 {BOB}")
    await learns_later(desk, clamd)
    assert {copy.delivery for copy in (await desk.newest()).copies} == {Delivery.FAILED}
    await reply(desk, text="And again.")
    await desk.after(seconds=10)
    assert [mail.text.strip() for mail in desk.mails()] == ["And again."]


# ---------------------------------------------------------------- while the scanner is away


async def test_a_reply_waits_for_a_scanner_that_is_away(open_desk: OpenDesk) -> None:
    async with FakeClamd() as daemon:
        port = daemon.port
    desk = await open_desk(guard=guard(port))
    await desk.mail()
    assert "“log.txt” is not checked for viruses" in told(await reply(desk, FINE))
    await desk.after(seconds=10)
    assert (desk.mails(), (await desk.newest()).delivery) == ([], Delivery.DELAYED)
    shown = next(post for post in await desk.posts() if "See the file." in words(post))
    assert "the reply leaves when the virus scanner is back" in words(shown)
    (notice,) = notices(desk)
    assert "Replies with files wait until it is back" in notice


async def test_it_leaves_when_the_scanner_is_back(desk: Desk, clamd: FakeClamd) -> None:
    clamd.error = "busy ERROR"
    await reply(desk, FINE)
    await desk.after(seconds=10)
    clamd.error = ""
    await desk.after(seconds=30)
    assert (len(desk.mails()), (await desk.newest()).delivery) == (1, Delivery.SENT)


async def test_words_alone_wait_for_no_scanner(desk: Desk, clamd: FakeClamd) -> None:
    clamd.error = "busy ERROR"
    await reply(desk)
    await desk.after(seconds=10)
    assert len(desk.mails()) == 1


async def test_where_its_word_is_not_required_it_leaves_with_a_warning(
    open_desk: OpenDesk, clamd: FakeClamd
) -> None:
    desk = await open_desk(guard=guard(clamd.port, required=False))
    await desk.mail()
    clamd.error = "busy ERROR"
    assert "“log.txt” goes out unchecked for viruses" in told(await reply(desk, FINE))
    await desk.after(seconds=10)
    assert len(desk.mails()) == 1
    assert "“log.txt” was sent unchecked for viruses" in (await desk.newest()).warnings[0]
