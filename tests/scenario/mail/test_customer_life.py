"""A customer's life in mail: Maria sees nothing else, from her first question to years later."""

from __future__ import annotations

from email.message import EmailMessage
from email.policy import SMTP
from typing import Any, Final

import pytest

from bot.domain.ledger import balance
from bot.domain.mail import Attachment, OutboundMail
from bot.domain.messages import Message, Voice
from bot.domain.work_items import TicketStatus
from tests.scenario.desk import BOB, MARIA, Desk, told

PICTURE: Final = b"\x89PNG\r\n\x1a\npicture"
MANUAL: Final = Attachment(name="Anleitung.pdf", content_type="application/pdf", content=b"%PDF-1")
NEW_ADDRESS: Final = "maria.huber@home.example"


def first_mail() -> bytes:
    """What her program sends: text, the same as HTML with a picture in it, and a bill."""
    mail = EmailMessage(policy=SMTP)
    mail["From"], mail["To"] = f"Maria Huber <{MARIA}>", "support@shop.example"
    mail["Subject"], mail["Message-ID"] = "Drucker kaputt", "<life@acme.example>"
    mail.set_content("Der Drucker raucht.\n\nMaria")
    mail.add_alternative(
        '<p>Der Drucker <b>raucht</b>.</p><img src="cid:p1"><p>Maria</p>', subtype="html"
    )
    html = mail.get_payload()[1]  # type: ignore[index]
    html.add_related(PICTURE, "image", "png", cid="<p1>", filename="rauch.png")  # type: ignore[union-attr]
    mail.add_attachment(b"%PDF-1.4", maintype="application", subtype="pdf", filename="März.pdf")
    return bytes(mail)


@pytest.fixture
async def life(desk: Desk) -> Desk:
    """Her first mail is there, and Ana has answered it with a file."""
    await desk.raw_mail(first_mail(), MARIA, "support@shop.example")
    await desk.replied("Bitte ziehen Sie den Stecker.\n\nAnbei die Anleitung.", files=(MANUAL,))
    return desk


def ours(desk: Desk) -> OutboundMail:
    return desk.mails()[-1]


def quoted(mail: OutboundMail) -> str:
    return "\n".join(f"> {line}".rstrip() for line in mail.text.strip().split("\n"))


async def answered(desk: Desk, text: str, **more: Any) -> Message:
    """She answers the newest mail of ours; what the team sees of it."""
    await desk.answer(ours(desk), text, **more)
    return next(m for m in reversed(await desk.messages()) if m.voice is not Voice.REPLY)


async def test_the_first_mail_is_a_ticket_with_its_files(life: Desk) -> None:
    first = (await life.messages())[0]
    assert first.text == "Der Drucker raucht.\n\nMaria"
    assert [file.name for file in first.attachments] == ["rauch.png", "März.pdf"]


async def test_she_is_thanked_and_answered_in_one_thread(life: Desk) -> None:
    thanks, reply = life.mailbox.mails(MARIA)
    assert [mail.in_reply_to for mail in (thanks, reply)] == ["life@acme.example"] * 2
    assert thanks.subject == reply.subject == "Re: Drucker kaputt [SUP-1]"
    assert thanks.reply_to == reply.reply_to
    assert [file.name for file in life.mailbox.at(MARIA)[1].files] == ["Anleitung.pdf"]


WORDS: Final = {"Gmail, Japanese": "まだ煙が出ます。", "Gmail, Arabic": "ما زال يدخن."}
ANSWERS: Final = {
    "Outlook": "{new}\n\nFrom: Ana <{to}>\nSent: Monday, March 2, 2026 9:58 AM\nTo: Maria\n"
    "Subject: Re: Drucker kaputt [SUP-1]\n\n{text}",
    "Outlook, German": "{new}\n\nVon: Ana <{to}>\nGesendet: Montag, 2. März 2026 09:58\n"
    "An: Maria\nBetreff: Re: Drucker kaputt [SUP-1]\n\n{text}",
    "Gmail": "{new}\n\nOn Mon, Mar 2, 2026 at 9:58 AM Ana <\n{to}> wrote:\n\n{quoted}",
    "Gmail, French": "{new}\n\nLe lun. 2 mars 2026 à 09:58, Ana <\n{to}> a écrit :\n\n{quoted}",
    "Gmail, Japanese": "{new}\n\n2026年3月2日(月) 9:58 Ana <\n{to}>:\n\n{quoted}",
    "Gmail, Arabic": "{new}\n\nفي الاثنين، 2 مارس 2026 في 9:58 ص تمت كتابة ما يلي بواسطة Ana <\n"
    "{to}>:\n\n{quoted}",
    "Apple Mail": "{new}\n\n> On 2 Mar 2026, at 09:58, Ana <{to}> wrote:\n> \n{quoted}",
    "iPhone": "{new}\n\nVon meinem iPhone gesendet\n\n"
    "> Am 02.03.2026 um 09:58 schrieb Ana <{to}>:\n> \n{quoted}",
    "Thunderbird, below": "On 3/2/26 09:58, Ana wrote:\n{quoted}\n\n{new}",
    "with a signature": "{new}\n\n-- \nMaria Huber\nAcme\n\nOn 3/2/26 09:58, Ana wrote:\n{quoted}",
}


@pytest.mark.parametrize("program", ANSWERS)
async def test_her_new_words_alone_are_shown(life: Desk, program: str) -> None:
    mail, new = ours(life), WORDS.get(program, "Raucht weiter.")
    text = ANSWERS[program].format(new=new, to=mail.reply_to, text=mail.text, quoted=quoted(mail))
    message = await answered(life, text)
    assert (message.voice, message.text) == (Voice.CUSTOMER, new)
    assert "Anleitung" in message.full_text


async def test_answers_between_our_lines_keep_them(life: Desk) -> None:
    message = await answered(life, "> Bitte ziehen Sie den Stecker.\nSchon passiert.\n\n> Anbei\n")
    assert message.text.startswith("> Bitte ziehen Sie den Stecker.\nSchon passiert.")


async def test_a_mail_without_words_is_shown_with_its_picture(life: Desk) -> None:
    photo = Attachment(name="IMG_1.jpg", content_type="image/jpeg", content=b"\xff\xd8\xff\xe0x")
    message = await answered(life, "", files=(photo,))
    assert (message.text, [file.name for file in message.attachments]) == ("", ["IMG_1.jpg"])


async def test_an_empty_mail_is_an_answer_too(life: Desk) -> None:
    assert (await answered(life, "")).voice is Voice.CUSTOMER


async def test_what_a_colleague_forwards_to_the_reply_address_is_held(life: Desk) -> None:
    message = await answered(life, "FYI", sender=BOB, subject="WG: Drucker kaputt")
    assert message.voice is Voice.HELD


async def test_a_colleague_in_copy_answers_all_and_is_let_in(life: Desk) -> None:
    await answered(life, "Bob weiß mehr.", Cc=BOB)
    assert (await answered(life, "Die Trommel!", sender=BOB, Cc=MARIA)).voice is Voice.HELD
    await life.run("ana", "/ticket accept SUP-1")
    await life.replied("Danke, Bob.")
    assert [mail.text.strip().split("\n")[0] for mail in life.mails(BOB)] == ["Danke, Bob."]


async def test_her_new_address_is_held_until_an_agent_knows_it(life: Desk) -> None:
    assert (await answered(life, "Ich bin umgezogen.", sender=NEW_ADDRESS)).voice is Voice.HELD
    reply = await life.run("ana", f"/ticket readdress SUP-1 {MARIA} {NEW_ADDRESS}")
    assert not reply.refused, told(reply)
    await life.run("ana", "/ticket reply SUP-1 Willkommen.")
    await life.after(seconds=10)
    assert life.mails(NEW_ADDRESS)[-1].text.strip() == "Willkommen."


async def test_years_later_she_goes_on_where_she_was(life: Desk) -> None:
    await life.run("ana", "/ticket resolve SUP-1")
    await life.after(days=3 * 365)
    message = await answered(life, "Jetzt raucht er wieder.")
    assert (message.voice, message.text) == (Voice.CUSTOMER, "Jetzt raucht er wieder.")
    assert (await life.ticket()).status is TicketStatus.OPEN


async def test_years_later_her_old_mail_in_other_hands_opens_nothing(life: Desk) -> None:
    await life.run("ana", "/ticket resolve SUP-1")
    await life.after(days=3 * 365)
    await life.mail("Guten Tag", sender="eve@evil.example", to=ours(life).reply_to)
    assert (await life.outcomes())[-1] == "ticket"
    assert (await life.ticket()).status is TicketStatus.RESOLVED


async def test_her_program_drops_references_and_changes_the_subject(life: Desk) -> None:
    bare: dict[str, Any] = {"In_Reply_To": "<unknown@else.example>", "subject": "[EXTERN] Drucker"}
    assert (await answered(life, "Hallo?", **bare)).text == "Hallo?"
    await life.mail("Ohne Schlüssel", subject="AW: [EXTERN] Re: Drucker kaputt [SUP-1]")
    assert await life.outcomes() == ["ticket", "follow_up", "follow_up"]


async def test_the_ledger_balances_at_the_end_of_it(life: Desk) -> None:
    await answered(life, "Danke.")
    await answered(life, "Ich auch.", sender=BOB)
    await answered(life, "Abwesend.", Auto_Submitted="auto-replied")
    await life.raw_mail(b"", "", "nobody@else.example")
    ledger = balance(await life.store.inbox.totals())
    assert ledger.tell() == (
        "5 received = 1 tickets + 1 follow-ups + 1 automatic + 1 held + 1 quarantined"
        " + 0 refused by rule"
    )
