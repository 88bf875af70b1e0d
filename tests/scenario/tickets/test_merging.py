"""Merging tickets: one goes on in the place of another, and mail finds the way (T5)."""

from __future__ import annotations

from datetime import timedelta

import pytest

from bot.cards import Link
from bot.commands.call import Invocation
from bot.domain import events as happened
from bot.domain.directory import Directory
from bot.domain.intake import KEY_LIFE
from bot.domain.mail import Attachment
from bot.domain.messages import Voice
from bot.domain.people import Grant, Person, Role
from bot.domain.work_items import TicketStatus
from tests.scenario.conftest import OpenDesk
from tests.scenario.desk import BOB, EVE, MARIA, Desk, labels, told, words
from tests.scenario.mail.test_returned import returned

LOG = Attachment(name="log.txt", content_type="text/plain", content=b"line one\n")
LEAD = Person(
    key="lea",
    name="Lea",
    grants=(Grant(role=Role.LEAD, desk="support"),),
    accounts={"console": "lea"},
)


@pytest.fixture
async def desk(open_desk: OpenDesk, directory: Directory) -> Desk:
    """A desk with a lead and a public address, and two tickets: Maria's and Bob's."""
    desk = await open_desk(
        public_url="https://desk.example", people={**directory.people, "lea": LEAD}
    )
    await desk.mail()
    await desk.mail("My words.", sender=f"Bob <{BOB}>", subject="Same for me", files=[LOG])
    return desk


async def merged(desk: Desk, typed: str = "SUP-2 SUP-1 join") -> None:
    reply = await desk.run("lea", f"/ticket merge {typed}")
    assert not reply.refused, told(reply)


async def people(desk: Desk, number: str = "SUP-1") -> list[str]:
    return [p.address for p in (await desk.ticket(number)).participants]


async def test_who_else_joins_is_asked_first(desk: Desk) -> None:
    reply = await desk.run("lea", "/ticket merge SUP-2 SUP-1")
    assert reply.card is not None
    assert "Nothing is merged yet" in told(reply)
    assert BOB in told(reply)
    assert labels(reply.card) == ["Merge, they join", "Merge without them"]
    assert (await desk.ticket("SUP-2")).status is TicketStatus.NEW
    assert await people(desk) == [MARIA]


@pytest.mark.parametrize(("button", "joined"), [(0, [MARIA, BOB]), (1, [MARIA])])
async def test_the_answer_merges(desk: Desk, button: int, joined: list[str]) -> None:
    reply = await desk.run("lea", "/ticket merge SUP-2 SUP-1")
    assert reply.card is not None
    before = len(desk.mailbox.mails())
    answer = await desk.press("lea", reply.card.actions[button].id)
    assert told(answer) == "SUP-2 is merged into SUP-1, which goes on in its place."
    gone = await desk.ticket("SUP-2")
    assert (gone.status, gone.merged_into) == (TicketStatus.CLOSED, "SUP-1")
    assert await people(desk) == joined
    assert len(desk.mailbox.mails()) == before


async def test_the_same_customers_tickets_are_merged_without_a_question(desk: Desk) -> None:
    await desk.mail("Once more.", subject="Again")
    await merged(desk, "SUP-3 SUP-1")
    assert (await desk.ticket("SUP-3")).merged_into == "SUP-1"


async def test_both_histories_and_threads_tell_it(desk: Desk) -> None:
    await merged(desk)
    assert await desk.happened(happened.TicketMerged, "SUP-2") == 1
    assert await desk.happened(happened.TicketTakenIn, "SUP-1") == 1
    assert "SUP-2: Lea merged it into SUP-1" in await desk.thread("SUP-2")
    assert "SUP-1: Lea merged SUP-2 “Same for me” into it" in await desk.thread("SUP-1")


async def test_the_card_says_where_it_went(desk: Desk) -> None:
    await merged(desk)
    card = await desk.card("SUP-2")
    assert card.ended
    assert "🔀 Merged into SUP-1" in words(card)
    assert [action.id for action in card.actions] == ["dk1:show:SUP-1"]
    assert labels(card) == ["Show SUP-1"]


async def test_the_card_links_to_the_one_that_goes_on(desk: Desk) -> None:
    await merged(desk)
    card = await desk.card("SUP-2")
    assert Link("SUP-1", "https://desk.example/console/#SUP-1") in card.status


async def test_what_nobody_answered_is_owed_an_answer_there(desk: Desk) -> None:
    await desk.replied()
    await desk.run("ana", "/ticket status SUP-1 pending")
    await merged(desk)
    carried = await desk.newest("SUP-1")
    assert (carried.text, carried.voice) == ("My words.", Voice.CUSTOMER)
    assert [file.name for file in carried.attachments] == ["log.txt"]
    assert (await desk.ticket("SUP-1")).status is TicketStatus.OPEN
    assert (await desk.ticket("SUP-1")).due_at is not None


async def test_an_ended_ticket_is_opened_by_what_goes_on_in_it(desk: Desk) -> None:
    await desk.run("ana", "/ticket resolve SUP-1")
    await merged(desk)
    assert (await desk.ticket("SUP-1")).status is TicketStatus.OPEN


async def test_what_was_merged_by_mistake_begins_anew(desk: Desk) -> None:
    mail = await desk.replied("Hello Bob", "SUP-2")
    await merged(desk)
    await desk.run("lea", f"/ticket new Bob's own matter --desk support --from {BOB}")
    await desk.run("lea", f"/ticket remove SUP-1 {BOB}")
    await desk.answer(mail, "To the old one", sender=BOB)
    assert (await desk.newest("SUP-1")).voice is Voice.HELD
    assert not (await desk.run("lea", "/ticket split SUP-1")).refused
    assert [(t.number, t.requester.address) for t in (await desk.tickets())[-2:]] == [
        ("SUP-3", BOB),
        ("SUP-4", BOB),
    ]


async def test_its_clocks_stop_without_a_breach(desk: Desk) -> None:
    await merged(desk)
    assert (await desk.ticket("SUP-2")).due_at is None
    await desk.after(days=30)
    assert await desk.happened(happened.SlaBreached, "SUP-2") == 0


async def test_it_stays_readable_and_can_be_noted_on(desk: Desk) -> None:
    await merged(desk)
    assert "Merged into SUP-1" in told(await desk.run("ana", "/ticket show SUP-2"))
    assert await desk.say("ana", "SUP-2", "for the record") is None
    assert (await desk.newest("SUP-2")).voice is Voice.NOTE


@pytest.mark.parametrize(
    "typed", ["reopen SUP-2", "reply SUP-2 Hi", "claim SUP-2", "merge SUP-2 SUP-1", "resolve SUP-2"]
)
async def test_all_other_work_on_it_is_refused_with_a_hint(desk: Desk, typed: str) -> None:
    await merged(desk)
    reply = await desk.run("lea", f"/ticket {typed}")
    assert reply.refused
    assert "SUP-2 was merged into SUP-1" in told(reply)
    assert "`/ticket show SUP-1`" in told(reply)
    assert "undo it: `/ticket unmerge SUP-2`" in told(reply)


@pytest.mark.parametrize(
    ("typed", "why"),
    [
        ("SUP-1 SUP-1", "SUP-1 cannot be merged into itself."),
        ("SUP-1 SUP-2", "SUP-2 was merged into SUP-1 itself; that would be a circle."),
        ("SUP-3 SUP-2", "SUP-2 was merged into SUP-1, which goes on in its place."),
        ("SUP-1 SUP-99", "There is no SUP-99."),
    ],
)
async def test_what_cannot_be_merged(desk: Desk, typed: str, why: str) -> None:
    await desk.mail(subject="A third")
    await merged(desk)
    reply = await desk.run("lea", f"/ticket merge {typed}")
    assert reply.refused
    assert why in told(reply)


async def test_held_mail_is_looked_at_first(desk: Desk) -> None:
    mail = await desk.replied(number="SUP-2")
    await desk.mail("Me too", sender=EVE, to=mail.reply_to)
    reply = await desk.run("lea", "/ticket merge SUP-2 SUP-1")
    assert "still held for review" in told(reply)


async def test_a_reply_leaves_first(desk: Desk) -> None:
    await desk.run("ana", "/ticket reply SUP-2 Hello Bob")
    assert "just being sent" in told(await desk.run("lea", "/ticket merge SUP-2 SUP-1 join"))
    await desk.after(seconds=10)
    await merged(desk)


async def test_in_its_thread_one_number_is_the_other_ticket(desk: Desk) -> None:
    reply = await desk.say("lea", "SUP-2", "!merge SUP-1")
    assert "who of SUP-2 takes part in SUP-1" in told(reply)
    reply = await desk.say("lea", "SUP-2", "!merge SUP-1 join")
    assert "SUP-2 is merged into SUP-1" in told(reply)


async def test_the_menu_opens_a_form(desk: Desk) -> None:
    merge = next(a for a in (await desk.card("SUP-2")).menu if a.label == "Merge…")
    reply = await desk.press("lea", merge.id)
    assert reply.form is not None
    assert [field.name for field in reply.form.fields] == ["into", "people"]
    answer = await desk.press("lea", reply.form.id, into="sup-1", people="join")
    assert "SUP-2 is merged into SUP-1" in told(answer)


async def test_the_right_is_asked_on_both_tickets(desk: Desk) -> None:
    await desk.mail(to="billing@shop.example", subject="Bill")
    into_theirs = await desk.run("lea", "/ticket merge SUP-2 BIL-1 join")
    theirs = await desk.run("lea", "/ticket merge BIL-1 SUP-1 join")
    for reply in (into_theirs, theirs):
        assert "You may not do that on BIL-1: it needs the right to merge" in told(reply)
    assert (await desk.ticket("SUP-2")).merged_into == ""


# ---------------------------------------------------------------- T5: mail finds the way


async def test_t5_mail_to_the_reply_key_goes_on_there(desk: Desk) -> None:
    mail = await desk.replied("Hello Bob", "SUP-2")
    await merged(desk)
    await desk.mail("By key", sender=BOB, to=mail.reply_to, subject="x")
    assert (await desk.newest("SUP-1")).text == "By key"


async def test_t5_mail_by_our_message_id_goes_on_there(desk: Desk) -> None:
    mail = await desk.replied("Hello Bob", "SUP-2")
    await merged(desk)
    await desk.mail("By id", sender=BOB, subject="x", References=f"<{mail.message_id}>")
    assert (await desk.newest("SUP-1")).text == "By id"


async def test_t5_mail_by_its_own_message_id_goes_on_there(desk: Desk) -> None:
    await merged(desk)
    mail_id = (await desk.messages("SUP-2"))[0].mail_id
    await desk.mail("By own id", sender=BOB, subject="x", In_Reply_To=f"<{mail_id}>")
    assert (await desk.newest("SUP-1")).text == "By own id"


async def test_t5_mail_by_the_subject_tag_goes_on_there(desk: Desk) -> None:
    await merged(desk)
    await desk.mail("By tag", sender=BOB, subject="Re: same [SUP-2]")
    assert (await desk.newest("SUP-1")).text == "By tag"


async def test_t5_chains_of_merges_are_followed(desk: Desk) -> None:
    mail = await desk.replied("Hello Bob", "SUP-2")
    await desk.mail(subject="A third")
    await merged(desk)
    await merged(desk, "SUP-1 SUP-3 join")
    await desk.answer(mail, "Along the chain", sender=BOB)
    assert (await desk.newest("SUP-3")).text == "Along the chain"


async def test_t5_who_was_left_out_is_held_there(desk: Desk) -> None:
    mail = await desk.replied("Hello Bob", "SUP-2")
    await merged(desk, "SUP-2 SUP-1 leave_out")
    await desk.answer(mail, "And me?", sender=BOB)
    assert (await desk.newest("SUP-1")).voice is Voice.HELD


# ---------------------------------------------------------------- T4: keys rotate and expire


async def test_t4_every_end_rotates_the_keys(desk: Desk) -> None:
    first = await desk.replied("One")
    await desk.run("ana", "/ticket resolve SUP-1")
    await desk.run("ana", "/ticket reopen SUP-1")
    second = await desk.replied("Two")
    assert first.reply_to != second.reply_to
    assert first.message_id in second.references


async def test_t4_a_participant_goes_on_by_an_old_key(desk: Desk) -> None:
    mail = await desk.replied()
    await desk.run("ana", "/ticket resolve SUP-1")
    await desk.mail("Not yet", to=mail.reply_to, subject="x")
    assert (await desk.newest("SUP-1")).text == "Not yet"
    assert (await desk.ticket("SUP-1")).status is TicketStatus.OPEN


async def test_t4_an_old_key_in_a_strangers_hands_proves_nothing(desk: Desk) -> None:
    mail = await desk.replied()
    await desk.run("ana", "/ticket resolve SUP-1")
    await desk.mail("Harvested", sender=EVE, to=mail.reply_to, subject="x")
    assert (await desk.outcomes())[-1] == "ticket"


@pytest.mark.parametrize(
    ("wait", "outcome"), [(KEY_LIFE, "held"), (KEY_LIFE + timedelta(seconds=1), "ticket")]
)
async def test_t4_the_last_key_expires(desk: Desk, wait: timedelta, outcome: str) -> None:
    reply = await desk.run("ana", "/ticket reply SUP-1 Done. --resolve")
    assert not reply.refused
    await desk.after(seconds=10)
    ended = (await desk.ticket("SUP-1")).resolved_at
    assert ended is not None
    await desk.after(seconds=(ended + wait - desk.clock.now()).total_seconds())
    await desk.mail("Hello?", sender=EVE, to=desk.mails()[-1].reply_to, subject="x")
    assert (await desk.outcomes())[-1] == outcome


async def test_b1_a_bounce_stays_with_its_mail_on_the_merged_ticket(desk: Desk) -> None:
    await desk.replied("Hello Bob", "SUP-2")
    await merged(desk)
    await returned(desk, BOB)
    assert await desk.happened(happened.DeliveryChanged, "SUP-2") == 1
    assert await desk.happened(happened.MachineWrote, "SUP-1") == 0


async def test_b1_a_bounce_is_tied_when_the_keys_were_replaced(desk: Desk) -> None:
    await desk.run("ana", "/ticket reply SUP-1 Done. --pending")
    await desk.after(seconds=10)
    await desk.run("ana", "/ticket resolve SUP-1")
    await returned(desk)
    assert await desk.happened(happened.DeliveryChanged) == 1
    assert (await desk.ticket()).status is TicketStatus.RESOLVED


async def begin(desk: Desk, number: str) -> Invocation:
    """Ana opens the form for a reply; what happens when she leaves it."""
    form = (await desk.run("ana", f"/ticket reply {number}")).form
    assert form is not None
    words = {"text": f"Begun on {number}."}
    return Invocation(surface="console", account="ana", key="", action=form.id, args=words)


async def test_replies_that_were_begun_go_on_where_the_ticket_does(desk: Desk) -> None:
    for number in ("SUP-1", "SUP-2"):
        await desk.dispatcher.keep(await begin(desk, number))
    await merged(desk)
    await desk.run("ana", "/ticket draft SUP-1 note")
    assert (await desk.newest()).text == "Begun on SUP-2.\n\nBegun on SUP-1."


async def test_a_form_that_was_open_meanwhile_keeps_its_words_there(desk: Desk) -> None:
    leaving = await begin(desk, "SUP-2")
    await merged(desk)
    await desk.dispatcher.keep(leaving)
    await desk.run("ana", "/ticket draft SUP-1 note")
    assert (await desk.newest()).text == "Begun on SUP-2."
