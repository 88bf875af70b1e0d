"""What leaves: retried, told on the very message, in order, exactly once, and never lost."""

from __future__ import annotations

from datetime import timedelta

import pytest

from adapters.memory.script import lost_reply
from bot.domain import events as happened
from bot.domain.backoff import MAIL_PATIENCE
from bot.domain.effects import OpenThread, Parcel, ParcelState, Pool, UpdateCard
from bot.domain.messages import Delivery
from bot.domain.work_items import TicketStatus
from bot.engine.outbox import LOCKED_OUT, OutboxPass
from bot.errors import Fault, PermanentError, TemporaryError
from bot.services.delivery.delivering import Delivering, Receipt
from tests.scenario.desk import BOB, MARIA, Desk, told, words

BUSY = TemporaryError("451 4.7.1 greylisted")
UNKNOWN = PermanentError("550 5.1.1 no such user", fault=Fault.DESTINATION)
AWAY = TemporaryError("the platform is away")


async def reply_post(desk: Desk) -> str:
    """The agent's message as it stands in the thread."""
    return next(said for post in await desk.posts() if "emailed" in (said := words(post)))


async def delivery(desk: Desk) -> Delivery:
    """What became of the newest message."""
    return (await desk.newest()).delivery


# ---------------------------------------------------------------- mail


async def test_o5_a_message_is_queued_and_then_sent(desk: Desk) -> None:
    await desk.mail()
    await desk.run("ana", "/ticket reply SUP-1 Hello")
    assert f"⏳ sending to {MARIA}" in await reply_post(desk)
    await desk.after(seconds=10)
    assert f"✅ sent to {MARIA} |" in await reply_post(desk)


async def test_o5_a_server_that_is_busy_is_tried_again_with_growing_waits(desk: Desk) -> None:
    await desk.mail()
    await desk.run("ana", "/ticket reply SUP-1 Hello")
    desk.mailbox.script.outage(BUSY)
    waits: list[float] = []
    for _ in range(4):
        await desk.after(seconds=waits[-1] if waits else 10)
        (row,) = await desk.store.outbox.find(ParcelState.WAITING)
        waits.append((row.not_before - desk.clock.now()).total_seconds())
    assert waits[:3] == [60, 300, 900]
    assert waits[3] > 900


async def test_a_delay_is_told_after_a_quarter_of_an_hour(desk: Desk) -> None:
    await desk.mail()
    await desk.run("ana", "/ticket reply SUP-1 Hello")
    desk.mailbox.script.outage(BUSY)
    for _ in range(15):
        await desk.after(minutes=1)
    assert await delivery(desk) is Delivery.QUEUED
    for _ in range(10):
        await desk.after(minutes=1)
    assert f"⏳ delayed, still trying {MARIA}: 451 4.7.1 greylisted" in await reply_post(desk)


async def test_a_delayed_mail_arrives_when_the_server_is_back(desk: Desk) -> None:
    await desk.mail()
    await desk.run("ana", "/ticket reply SUP-1 Hello")
    desk.mailbox.script.outage(BUSY)
    await desk.after(minutes=1)
    for _ in range(4):
        await desk.after(minutes=20)
    desk.mailbox.script.outage(None)
    await desk.after(hours=2)
    assert [mail.text for mail in desk.mails()] == ["Hello\n"]
    assert await delivery(desk) is Delivery.SENT


async def test_a_delayed_mail_can_still_be_taken_back(desk: Desk) -> None:
    await desk.mail()
    await desk.run("ana", "/ticket reply SUP-1 Hello")
    desk.mailbox.script.outage(BUSY)
    for _ in range(4):
        await desk.after(minutes=20)
    assert await delivery(desk) is Delivery.DELAYED
    assert not (await desk.run("ana", "/ticket undo SUP-1")).refused
    desk.mailbox.script.outage(None)
    await desk.after(days=1)
    assert desk.mails() == []


async def test_o5_a_refusal_is_told_at_once_in_the_servers_words(desk: Desk) -> None:
    await desk.mail()
    await desk.run("ana", "/ticket reply SUP-1 Hello")
    desk.mailbox.script.then(UNKNOWN)
    await desk.after(seconds=10)
    assert f"⚠️ not delivered to {MARIA}: 550 5.1.1 no such user" in await reply_post(desk)
    assert await desk.happened(happened.DeliveryChanged) == 1
    line = words((await desk.posts())[-1])
    assert line == f"Ana ⚠️ The mail to {MARIA} was not delivered: 550 5.1.1 no such user"


async def test_o5_after_five_days_it_is_given_up(desk: Desk) -> None:
    await desk.mail()
    await desk.run("ana", "/ticket reply SUP-1 Hello")
    desk.mailbox.script.outage(BUSY)
    for _ in range(MAIL_PATIENCE // timedelta(hours=2) + 2):
        await desk.after(hours=2)
    assert await delivery(desk) is Delivery.FAILED
    assert "given up after 5 days: 451 4.7.1 greylisted" in await reply_post(desk)


async def test_a_dead_mail_can_be_replayed(desk: Desk) -> None:
    await desk.mail()
    await desk.run("ana", "/ticket reply SUP-1 Hello")
    desk.mailbox.script.then(UNKNOWN)
    await desk.after(seconds=10)
    (dead,) = await desk.store.outbox.find(ParcelState.DEAD)
    assert await desk.store.outbox.replay(dead.id, desk.clock.now())
    await desk.settle()
    assert await delivery(desk) is Delivery.SENT


async def test_a_greeting_that_fails_is_told_too(desk: Desk) -> None:
    desk.mailbox.script.then(UNKNOWN)
    await desk.mail()
    assert f"The mail to {MARIA} was not delivered" in words((await desk.posts())[-1])


async def test_wrong_credentials_hold_mail_until_they_are_mended(desk: Desk) -> None:
    await desk.mail()
    await desk.run("ana", "/ticket reply SUP-1 Hello")
    desk.mailbox.script.outage(PermanentError("535 bad credentials", fault=Fault.CREDENTIAL))
    await desk.after(seconds=10)
    desk.mailbox.script.outage(None)
    await desk.after(minutes=LOCKED_OUT // timedelta(minutes=1))
    assert await delivery(desk) is Delivery.SENT


async def test_mails_to_one_recipient_keep_their_order(desk: Desk) -> None:
    await desk.mail()
    await desk.run("ana", "/ticket reply SUP-1 One")
    await desk.run("ana", "/ticket reply SUP-1 Two")
    desk.mailbox.script.then(BUSY)
    await desk.after(seconds=11)
    assert desk.mails() == []
    await desk.after(minutes=2)
    assert [mail.text for mail in desk.mails()] == ["One\n", "Two\n"]


async def test_a_recipient_who_cannot_be_reached_holds_up_nobody_else(desk: Desk) -> None:
    await desk.mail()
    await desk.run("ana", f"/ticket add SUP-1 {BOB}")
    await desk.run("ana", "/ticket reply SUP-1 For both")
    desk.mailbox.script.then(BUSY)
    await desk.after(seconds=10)
    assert len(desk.mails(MARIA)) + len(desk.mails(BOB)) == 1
    copies = {copy.delivery for copy in (await desk.newest()).copies}
    assert copies == {Delivery.SENT, Delivery.QUEUED}


async def test_a_refusal_of_one_copy_names_only_its_recipient(desk: Desk) -> None:
    await desk.mail()
    await desk.run("ana", f"/ticket add SUP-1 {BOB}")
    await desk.run("ana", "/ticket reply SUP-1 For both")
    desk.mailbox.script.then(None, UNKNOWN)
    await desk.after(seconds=10)
    post = await reply_post(desk)
    assert "✅ sent to" in post
    assert "⚠️ not delivered to" in post
    assert (await desk.newest()).delivery is Delivery.FAILED


async def test_o5_a_mail_whose_answer_was_lost_leaves_again_with_the_same_id(desk: Desk) -> None:
    await desk.mail()
    await desk.run("ana", "/ticket reply SUP-1 Hello")
    desk.mailbox.script.then(lost_reply())
    await desk.after(seconds=10)
    await desk.after(minutes=2)
    assert len({mail.message_id for mail in desk.mails()}) == 1
    assert await delivery(desk) is Delivery.SENT
    assert f"✅ sent to {MARIA}, perhaps twice" in await reply_post(desk)


async def test_a_mail_that_may_have_left_cannot_be_taken_back(desk: Desk) -> None:
    await desk.mail()
    await desk.run("ana", "/ticket reply SUP-1 Hello")
    desk.mailbox.script.then(lost_reply())
    await desk.after(seconds=10)
    assert (await desk.run("ana", "/ticket undo SUP-1")).refused


# ---------------------------------------------------------------- chat


async def test_a_post_whose_answer_was_lost_is_looked_up(desk: Desk) -> None:
    await desk.mail()
    desk.surface.script.then(None, lost_reply())  # the card goes first
    await desk.run("ana", "/ticket note SUP-1 Look")
    await desk.after(minutes=1)
    posts = [post for post in await desk.posts() if "Look" in words(post)]
    assert len(posts) == 1
    assert len(desk.surface.called("find")) == 1


async def test_a_thread_whose_answer_was_lost_is_looked_up(desk: Desk) -> None:
    desk.surface.script.then(lost_reply())
    await desk.mail()
    await desk.after(minutes=1)
    assert len(desk.surface.channel("support")) == 1
    assert len(await desk.posts()) == 1


async def test_a_card_is_edited_and_never_posted_again(desk: Desk) -> None:
    await desk.mail()
    await desk.run("ana", "/ticket claim SUP-1")
    await desk.run("ana", "/ticket priority SUP-1 high")
    await desk.run("ana", "/ticket resolve SUP-1")
    assert len(desk.surface.called("open_thread")) == 1
    assert (await desk.card()).ended


async def test_a_storm_of_changes_during_an_outage_leaves_one_update(desk: Desk) -> None:
    await desk.mail()
    desk.surface.script.outage(AWAY)
    for turn in range(100):
        await desk.run("ana", f"/ticket priority SUP-1 {('high', 'low')[turn % 2]}")
    waiting = await desk.store.outbox.find(ParcelState.WAITING)
    assert [type(row.effect) for row in waiting] == [UpdateCard]
    desk.surface.script.outage(None)
    await desk.after(minutes=1)
    assert "⬇ Low" in words(await desk.card())


async def test_what_was_said_during_an_outage_comes_in_order(desk: Desk) -> None:
    await desk.mail()
    desk.surface.script.outage(AWAY)
    for word in ("one", "two", "three"):
        await desk.run("ana", f"/ticket note SUP-1 {word}")
    desk.surface.script.outage(None)
    await desk.after(minutes=2)
    said = [words(post).split(" | ")[-1] for post in await desk.posts() if post.author]
    assert said[1:] == ["one", "two", "three"]


async def test_a_page_is_never_behind_chat(desk: Desk) -> None:
    await desk.mail()
    async with desk.store.work() as work:
        for _ in range(50):
            await work.outbox.put(UpdateCard(thread=1))
    paging = desk.outboxes[list(Pool).index(Pool.PAGE)]
    desk.passes = [paging]
    await desk.run("ana", "/ticket escalate SUP-1 need help")
    assert len(desk.surface.directs("carla")) == 1


async def test_a_deleted_thread_is_made_anew_and_nothing_is_lost(desk: Desk) -> None:
    await desk.mail()
    desk.surface.forget((await desk.thread_of("SUP-1")).id)
    await desk.mail("Hello?", subject="Re: [SUP-1]")
    assert len(desk.surface.channel("support")) == 1
    assert await desk.thread() == ["Maria Huber on SUP-1: Hello?"]
    assert await desk.say("ana", "SUP-1", "here again") is None
    assert (await desk.newest()).text == "here again"


async def test_the_deleted_thread_of_an_ended_ticket_stays_deleted(desk: Desk) -> None:
    await desk.mail()
    await desk.run("ana", "/ticket resolve SUP-1")
    desk.surface.forget((await desk.thread_of("SUP-1")).id)
    await desk.run("ana", "/ticket tag SUP-1 spam")
    assert desk.surface.channel("support") == ()
    assert await desk.store.outbox.find(ParcelState.DEAD) == []


async def test_a_deleted_message_is_not_drawn_again(desk: Desk) -> None:
    await desk.mail()
    await desk.run("ana", "/ticket reply SUP-1 Hello")
    *_, newest = desk.surface.thread((await desk.thread_of("SUP-1")).id)
    desk.surface.forget(newest.id)
    await desk.after(seconds=10)
    assert len(desk.mails()) == 1
    assert await desk.store.outbox.find(ParcelState.DEAD) == []


async def test_a_channel_that_is_gone_parks_the_row_for_an_operator(desk: Desk) -> None:
    desk.surface.script.outage(PermanentError("channel_not_found", fault=Fault.DESTINATION))
    await desk.mail()
    dead = await desk.store.outbox.find(ParcelState.DEAD)
    assert OpenThread(thread=1) in [row.effect for row in dead]
    assert (await desk.ticket()).status is TicketStatus.NEW
    assert "SUP-1" in told(await desk.run("ana", "/ticket queue"))


# ---------------------------------------------------------------- a busy database


class Forgetful(Delivering):
    """Cannot write down what happened, so many times."""

    failures = 0

    async def settle(self, parcel: Parcel, receipt: Receipt) -> None:
        if self.failures:
            self.failures -= 1
            raise TemporaryError("the database is busy")
        await super().settle(parcel, receipt)


@pytest.mark.parametrize("failures", [1, 2])
async def test_what_has_left_is_not_sent_again_because_it_could_not_be_noted(
    desk: Desk, failures: int
) -> None:
    delivering = Forgetful(desk.core, {}, desk.mailbox, {})
    delivering.failures = failures
    mail = OutboxPass(desk.core, delivering, Pool.MAIL, lambda: 0.5)
    desk.outboxes[-1] = desk.passes[-1] = mail
    await desk.mail()
    await desk.after(minutes=5)
    assert len(desk.mailbox.mails(MARIA)) == 1
    assert await desk.store.outbox.find(ParcelState.LEASED) == []


async def test_a_fresh_card_is_posted_once_and_not_edited_at_once(desk: Desk) -> None:
    await desk.mail()
    assert len(desk.surface.called("open_thread")) == 1
    assert desk.surface.called("edit") == ()
