"""Words on a ticket: replies to every participant, files, and notes that never leave."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.cards import action_id
from bot.domain.directory import Directory, ReplyMode
from bot.domain.mail import Attachment
from bot.domain.messages import Voice
from bot.domain.work_items import TicketStatus
from bot.errors import UserError
from tests.scenario.conftest import OpenDesk
from tests.scenario.desk import BOB, MARIA, Desk, labels, told, words

PHOTO = Attachment(name="photo.png", content_type="image/png", content=bytes(range(256)) * 40)
QUOTE = Attachment(
    name="Angebot ü.pdf", content_type="application/pdf", content=b"%PDF-1.7 \xff\x00"
)

# ---------------------------------------------------------------- replies


async def test_a_reply_is_answered_with_who_gets_it(desk: Desk) -> None:
    await desk.mail()
    reply = await desk.run("ana", "/ticket reply SUP-1 It is fixed.")
    assert told(reply) == f"Sending to {MARIA} in 10 s. | It is fixed."
    assert reply.card is not None
    assert labels(reply.card) == ["Undo"]


async def test_a_reply_claims_a_free_ticket(desk: Desk) -> None:
    await desk.mail()
    await desk.replied()
    assert (await desk.ticket()).assignee == "ana"


async def test_a_reply_does_not_take_somebody_elses_ticket(desk: Desk) -> None:
    await desk.mail()
    await desk.run("ben", "/ticket claim SUP-1")
    await desk.replied()
    assert (await desk.ticket()).assignee == "ben"


@pytest.mark.parametrize(
    ("ending", "status"),
    [
        ("", TicketStatus.PENDING),
        (" --wait", TicketStatus.PENDING),
        (" --resolve", TicketStatus.RESOLVED),
        (" —Resolve", TicketStatus.RESOLVED),
        (" --open", TicketStatus.OPEN),
    ],
)
async def test_what_comes_after_the_reply(desk: Desk, ending: str, status: TicketStatus) -> None:
    await desk.mail()
    mail = await desk.replied(f"It is fixed.{ending}")
    assert (mail.text, (await desk.ticket()).status) == ("It is fixed.\n", status)


@pytest.mark.parametrize("text", ["Done. --solve", "Done. —resolved", "--resolve", "Done. --Opens"])
async def test_a_mistyped_ending_is_never_mailed(desk: Desk, text: str) -> None:
    await desk.mail()
    reply = await desk.run("ana", f"/ticket reply SUP-1 {text}")
    await desk.after(minutes=1)
    assert reply.refused
    assert "nothing was sent" in told(reply)
    assert desk.mails() == []


async def test_dashes_of_another_kind_are_words(desk: Desk) -> None:
    await desk.mail()
    mail = await desk.replied("Run it with --verbose")
    assert mail.text == "Run it with --verbose\n"


async def test_o2_an_answer_is_threaded_for_the_customer(desk: Desk) -> None:
    first = await desk.mail()
    one = await desk.replied("One")
    second = await desk.answer(one, "And?")
    two = await desk.replied("Two")
    assert (one.in_reply_to, one.references) == (first, (first,))
    assert (two.in_reply_to, two.references) == (second, (first, one.message_id, second))
    assert two.subject == "Re: Invoice shows wrong VAT [SUP-1]"


@pytest.mark.parametrize("subject", ["Re: Bill", "AW: Re[2]: Bill", "Bill [SUP-1]", "SV: Bill"])
async def test_o2_the_subject_has_one_re_and_one_tag(desk: Desk, subject: str) -> None:
    await desk.mail(subject=subject)
    assert (await desk.replied()).subject == "Re: Bill [SUP-1]"


async def test_o2_a_long_thread_keeps_the_first_and_the_newest_references(desk: Desk) -> None:
    first = await desk.mail()
    later = [await desk.mail("More", References=f"<{first}>") for _ in range(25)]
    assert (await desk.replied()).references == (first, *later[-19:])


async def test_a_reply_without_an_address_is_refused(desk: Desk) -> None:
    await desk.mail(sender="maria@acme.example, eve@evil.example")
    reply = await desk.run("ana", "/ticket reply SUP-1 Hello")
    assert reply.refused
    assert "no address to reply to" in told(reply)


async def test_resolving_tells_the_customer_only_in_the_desks_own_words(
    open_desk: OpenDesk, directory: Directory
) -> None:
    spoken = replace(directory.desks["support"], templates={"resolved": "{ticket} is done."})
    desk = await open_desk(desks={**directory.desks, "support": spoken})
    await desk.mail()
    await desk.run("ana", "/ticket resolve SUP-1")
    await desk.after(seconds=10)
    notice = desk.mailbox.mails(MARIA)[-1]
    assert (notice.text, notice.automatic) == ("SUP-1 is done.", "auto-generated")
    assert "✅ sent to" in words((await desk.posts())[-1])


@pytest.mark.parametrize(
    "unthanked",
    [{"Auto_Submitted": "auto-generated"}, {"X_Auto_Response_Suppress": "All"}],
)
async def test_a2_resolving_tells_nobody_who_was_not_thanked_until_somebody_wrote(
    open_desk: OpenDesk, directory: Directory, unthanked: dict[str, Any]
) -> None:
    spoken = replace(directory.desks["support"], templates={"resolved": "{ticket} is done."})
    desk = await open_desk(desks={**directory.desks, "support": spoken})
    for number in (1, 2):
        await desk.mail(subject=f"Help {number}", **unthanked)
    await desk.replied(number="SUP-2")
    for number in (1, 2):
        await desk.run("ana", f"/ticket resolve SUP-{number}")
    await desk.after(seconds=10)
    told = [mail for mail in desk.mailbox.mails(MARIA) if mail.automatic]
    assert [mail.text for mail in told] == ["SUP-2 is done."]


async def test_resolving_is_silent_without_such_words(desk: Desk) -> None:
    await desk.mail()
    await desk.run("ana", "/ticket resolve SUP-1")
    await desk.after(minutes=1)
    assert len(desk.mailbox.mails()) == 1


# ---------------------------------------------------------------- several participants


async def with_bob(desk: Desk) -> None:
    await desk.mail()
    await desk.replied("Before Bob.")
    await desk.run("ana", f"/ticket add SUP-1 {BOB}")
    await desk.replied("For both.")


async def test_o7_each_participant_gets_a_mail_of_their_own(desk: Desk) -> None:
    await with_bob(desk)
    maria, bob = desk.mails()[-1], desk.mails(BOB)[-1]
    assert maria.text == bob.text == "For both.\n"
    assert maria.reply_to != bob.reply_to
    assert maria.message_id != bob.message_id


async def test_o7_nobody_sees_anothers_reply_key(desk: Desk) -> None:
    await with_bob(desk)
    await desk.answer(desk.mails()[-1], "And me?")
    await desk.replied("Again for both.")
    ticket = await desk.ticket()
    keys = {p.address: desk.core.keys.make(ticket.id, p.number) for p in ticket.participants}
    for mail in desk.mailbox.mails():
        others = {key for address, key in keys.items() if address != mail.recipient.address}
        assert not any(key in repr(mail) for key in others)


async def test_who_is_added_gets_only_what_follows(desk: Desk) -> None:
    await with_bob(desk)
    welcome = desk.mailbox.mails(BOB)[0]
    assert "SUP-1" in welcome.text
    assert welcome.automatic == "auto-generated"
    assert [mail.text for mail in desk.mails(BOB)] == ["For both.\n"]
    assert desk.mails(BOB)[0].references == (welcome.message_id,)


async def test_every_participant_may_answer(desk: Desk) -> None:
    await with_bob(desk)
    await desk.answer(desk.mails(BOB)[-1], "Bob here", sender=BOB)
    assert (await desk.newest()).voice is Voice.CUSTOMER
    assert (await desk.newest()).author == f"mail:{BOB}"


@pytest.mark.parametrize(
    ("address", "why"),
    [
        ("bob", "no mail address"),
        ("a@b@c.example", "no mail address"),
        ('"bob, eve"@acme.example', "no mail address"),
        ("help+x@shop.example", "our own addresses"),
        (MARIA, "takes part in SUP-1 already"),
    ],
)
async def test_whom_one_cannot_add(desk: Desk, address: str, why: str) -> None:
    await desk.mail()
    reply = await desk.press("ana", "dk1:add:SUP-1", address=address)
    assert why in told(reply)
    assert len((await desk.ticket()).participants) == 1


# ---------------------------------------------------------------- files


async def test_files_that_come_in_are_shown_and_kept_byte_for_byte(desk: Desk) -> None:
    await desk.mail(files=[PHOTO, QUOTE])
    (post,) = await desk.posts()
    assert [(file.name, file.size) for file in post.files] == [
        (PHOTO.name, len(PHOTO.content)),
        (QUOTE.name, len(QUOTE.content)),
    ]
    fetched = [await desk.dispatcher.file("console", "ana", file.id) for file in post.files]
    assert [file.content for file in fetched] == [PHOTO.content, QUOTE.content]
    assert "📎 2" in words(await desk.card())


async def test_files_leave_with_the_reply(desk: Desk) -> None:
    await desk.mail()
    await desk.replied("See the quote.", files=(QUOTE, PHOTO))
    (sent,) = desk.mailbox.at(MARIA)[1:]
    assert [(file.name, file.content) for file in sent.files] == [
        (QUOTE.name, QUOTE.content),
        (PHOTO.name, PHOTO.content),
    ]


async def test_files_of_a_note_stay_inside(desk: Desk) -> None:
    await desk.mail()
    await desk.run("ana", "/ticket note SUP-1 look", files=(PHOTO,))
    await desk.replied("Fixed.")
    assert all(not sent.files for sent in desk.mailbox.at())


@pytest.mark.parametrize("person", ["gus", "nobody"])
async def test_who_may_not_see_the_ticket_gets_no_file(desk: Desk, person: str) -> None:
    await desk.mail(files=[PHOTO])
    (post,) = await desk.posts()
    with pytest.raises(UserError):
        await desk.dispatcher.file("console", person, post.files[0].id)


async def test_a_file_that_is_not_there(desk: Desk) -> None:
    with pytest.raises(UserError, match="no such file"):
        await desk.dispatcher.file("console", "ana", 99)


# ---------------------------------------------------------------- talk in the thread


async def test_talk_is_an_internal_note(desk: Desk) -> None:
    await desk.mail()
    assert await desk.say("ana", "SUP-1", "Is that ours?") is None
    note = await desk.newest()
    assert (note.voice, note.text, note.author) == (Voice.NOTE, "Is that ours?", "person:ana")


async def test_talk_is_not_repeated_in_its_own_thread(desk: Desk) -> None:
    await desk.mail()
    await desk.say("ana", "SUP-1", "Is that ours?")
    assert len(await desk.posts()) == 1


async def test_a_note_by_command_is_shown_in_the_thread(desk: Desk) -> None:
    await desk.mail()
    await desk.run("ana", "/ticket note SUP-1 Looks like DNS")
    assert "Ana internal" in words((await desk.posts())[-1])


async def test_an_empty_note_is_refused(desk: Desk) -> None:
    await desk.mail()
    assert (await desk.press("ana", "dk1:note:SUP-1", text="  ")).form is not None


@pytest.mark.parametrize(
    ("mode", "text", "mailed"),
    [
        (ReplyMode.EXPLICIT, "> Hello", None),
        (ReplyMode.PREFIX, "> Hello", "Hello\n"),
        (ReplyMode.PREFIX, "R: Hello", "Hello\n"),
        (ReplyMode.PREFIX, "Hello", None),
        (ReplyMode.MIRROR, "Hello", "Hello\n"),
        (ReplyMode.MIRROR, "// Hello", None),
        (ReplyMode.MIRROR, "🔒 Hello", None),
    ],
)
async def test_a_desk_may_relay_its_talk(
    open_desk: OpenDesk, directory: Directory, mode: ReplyMode, text: str, mailed: str | None
) -> None:
    relayed = replace(directory.desks["support"], reply_mode=mode)
    desk = await open_desk(desks={**directory.desks, "support": relayed})
    await desk.mail()
    await desk.say("ana", "SUP-1", text)
    await desk.after(seconds=10)
    assert [mail.text for mail in desk.mails()] == ([mailed] if mailed else [])
    assert (await desk.newest()).voice is (Voice.REPLY if mailed else Voice.NOTE)


async def test_talk_of_people_who_may_not_reply_is_never_relayed(
    open_desk: OpenDesk, directory: Directory
) -> None:
    mirror = replace(directory.desks["support"], reply_mode=ReplyMode.MIRROR)
    commander = replace(directory.people["carla"], grants=directory.people["carla"].grants[1:])
    desk = await open_desk(
        desks={**directory.desks, "support": mirror},
        people={**directory.people, "carla": commander},
    )
    await desk.mail()
    assert await desk.say("carla", "SUP-1", "Hello") is None
    assert (await desk.newest()).voice is Voice.NOTE


# ---------------------------------------------------------------- nothing internal leaves

SECRET = "XyZZy"
GESTURES = (
    SECRET,
    f"!note {SECRET}",
    f"!escalate {SECRET}",
    f"!resolve {SECRET}",
    "!reopen",
    "!reply public words",
    f"!rply {SECRET}",
    f"!tag {SECRET}",
    "!undo",
)


@settings(
    max_examples=15,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(st.lists(st.sampled_from(GESTURES), min_size=1, max_size=8))
async def test_o7_nothing_internal_is_in_any_mail_to_a_customer(
    desk: Desk, moves: list[str]
) -> None:
    await desk.mail()
    number = (await desk.tickets())[-1].number
    for move in moves:
        await desk.say("ana", number, move)
        await desk.after(seconds=12)
    assert all(SECRET not in repr(mail) for mail in desk.mailbox.mails(MARIA))


async def test_a_button_for_the_reply_opens_the_form_with_its_recipients(desk: Desk) -> None:
    await desk.mail()
    reply = await desk.press("ana", action_id("reply", "SUP-1"))
    assert reply.form is not None
    assert MARIA in repr(reply.form.intro)
    assert [field.name for field in reply.form.fields] == ["text", "files", "then"]
