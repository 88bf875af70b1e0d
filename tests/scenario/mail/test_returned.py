"""Mail that comes back, or that somebody does not want: bounces, stops, new tries, leaving."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bot.domain import events as happened
from bot.domain import tickets
from bot.domain.messages import Delivery, MailCopy
from bot.domain.reply_keys import subaddress
from bot.errors import Fault, PermanentError
from bot.services.core import Core
from bot.services.mailing.outgoing import correspondence, leaving
from bot.services.mailing.outgoing.suppression import LASTS
from tests.scenario.conftest import OpenDesk
from tests.scenario.desk import BOB, EVE, MARIA, Desk, labels, told, words

UNKNOWN = PermanentError(
    "the smarthost refused the recipient: 550 5.1.1 no such user",
    fault=Fault.DESTINATION,
    code="5.1.1",
)
# A report that quotes nothing of the mail it is about.
BARE = """\
From: MAILER-DAEMON@mx.acme.example
To: {to}
Subject: failure notice
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status; boundary=b

--b
Content-Type: text/plain

No.

--b
Content-Type: message/delivery-status

Reporting-MTA: dns; mx.acme.example

Final-Recipient: rfc822; someone@elsewhere.example
Action: failed
Status: {status}
Diagnostic-Code: smtp; 550 no

--b--
"""


async def returned(desk: Desk, to: str = MARIA, status: str = "5.1.1") -> None:
    """The newest mail to somebody comes back to its return path."""
    path = desk.mails(to)[-1].envelope_from
    text = BARE.format(to=path, status=status).replace("\n", "\r\n")
    await desk.raw_mail(text.encode(), "", path)


async def states(desk: Desk) -> list[Delivery]:
    return [m.delivery for m in await desk.messages() if m.copies]


async def test_b3_every_mail_has_a_return_path_of_its_own(desk: Desk) -> None:
    await desk.mail()
    first, second = await desk.replied("One"), await desk.replied("Two")
    assert first.envelope_from != second.envelope_from
    assert first.reply_to == second.reply_to
    key = desk.core.keys.check(subaddress(second.envelope_from)[1])
    assert key is not None
    assert key.message == (await desk.messages())[2].id


async def test_b3_a_report_that_quotes_nothing_is_tied_by_its_return_path(desk: Desk) -> None:
    await desk.mail()
    await desk.replied("One")
    await desk.replied("Two")
    await returned(desk)
    assert await states(desk) == [Delivery.SENT, Delivery.BOUNCED]


async def test_a4_a_greeting_quotes_nothing_and_has_a_return_path(desk: Desk) -> None:
    await desk.mail("Buy pills at evil.example")
    [greeting] = desk.mailbox.mails(MARIA)
    assert "evil.example" not in greeting.text
    assert desk.core.keys.check(subaddress(greeting.envelope_from)[1]) is not None
    path = greeting.envelope_from
    report = BARE.format(to=path, status="5.1.1").replace("\n", "\r\n")
    await desk.raw_mail(report.encode(), "", path)
    assert await desk.happened(happened.DeliveryChanged) == 1


async def test_b3_what_came_back_offers_a_new_try_and_another_address(desk: Desk) -> None:
    await desk.mail()
    await desk.replied()
    await returned(desk)
    [post] = [post for post in await desk.posts() if "not delivered" in words(post) and post.author]
    assert labels(post) == ["Send again", "Other address…"]


async def test_b3_after_a_hard_bounce_nothing_more_is_sent_there(desk: Desk) -> None:
    await desk.mail()
    await desk.replied()
    await returned(desk)
    before = len(desk.mails())
    await desk.run("ana", "/ticket reply SUP-1 Are you there?")
    await desk.after(seconds=10)
    assert len(desk.mails()) == before
    assert await states(desk) == [Delivery.BOUNCED, Delivery.FAILED]
    assert "not sent, since mail to this address came back" in words((await desk.posts())[-1])


async def test_b3_a_full_mailbox_stops_nothing(desk: Desk) -> None:
    await desk.mail()
    await desk.replied()
    await returned(desk, status="5.2.2")
    await desk.replied("Again")
    assert await states(desk) == [Delivery.BOUNCED, Delivery.SENT]


async def fail(desk: Desk, *statuses: str) -> list[Delivery]:
    """A mail comes back with each status, and one more is sent: what becomes of it."""
    await desk.mail()
    for status in statuses:
        await desk.replied()
        await returned(desk, status=status)
    await desk.run("ana", "/ticket reply SUP-1 Are you there?")
    await desk.after(seconds=10)
    return (await states(desk))[-1:]


async def test_b1_the_third_failure_of_a_mailbox_stops_it(desk: Desk) -> None:
    assert await fail(desk, "5.2.2", "4.4.7", "5.0.0") == [Delivery.FAILED]
    assert "3 failures in 30 days" in words((await desk.posts())[-1])


@pytest.mark.parametrize(
    "statuses", [("5.2.2", "4.4.7"), ("5.7.1",) * 3, ("5.3.4", "5.6.1", "5.2.3", "5.7.26")]
)
async def test_b1_fewer_stop_nothing_nor_does_what_is_the_mails_own_fault(
    desk: Desk, statuses: tuple[str, ...]
) -> None:
    assert await fail(desk, *statuses) == [Delivery.SENT]


async def test_b1_old_failures_do_not_count(desk: Desk) -> None:
    await fail(desk, "5.2.2", "5.2.2")
    await desk.after(days=LASTS.days, seconds=1)
    await returned(desk, status="5.2.2")
    await desk.replied()
    assert (await states(desk))[-1] is Delivery.SENT


async def test_b1_a_server_that_gave_up_is_shown(desk: Desk) -> None:
    await desk.mail()
    await desk.replied()
    await returned(desk, status="4.4.7")
    assert await states(desk) == [Delivery.BOUNCED]


async def test_b3_the_stop_ends_by_itself(desk: Desk) -> None:
    await desk.mail()
    await desk.replied()
    await returned(desk)
    await desk.after(days=LASTS.days, seconds=1)
    await desk.replied("Again")
    assert await states(desk) == [Delivery.BOUNCED, Delivery.SENT]


async def test_o5_a_refused_address_is_a_hard_bounce_too(desk: Desk) -> None:
    await desk.mail()
    desk.mailbox.script.then(UNKNOWN)
    await desk.run("ana", "/ticket reply SUP-1 Hello")
    await desk.after(seconds=10)
    await desk.run("ana", "/ticket reply SUP-1 Again")
    await desk.after(seconds=10)
    assert await states(desk) == [Delivery.FAILED, Delivery.FAILED]
    assert desk.mails() == []


async def test_o5_an_agent_sends_again_what_came_back(desk: Desk) -> None:
    await desk.mail()
    await desk.replied("It is fixed.")
    await returned(desk)
    reply = await desk.run("ana", "/ticket resend SUP-1")
    assert told(reply) == f"Sending again to {MARIA} in 10 s."
    await desk.after(seconds=10)
    first, again = desk.mails()
    assert (first.text, first.message_id != again.message_id) == (again.text, True)
    assert await states(desk) == [Delivery.BOUNCED, Delivery.SENT]
    assert (await desk.run("ana", "/ticket resend SUP-1")).refused


async def test_o5_a_new_try_can_be_taken_back(desk: Desk) -> None:
    await desk.mail()
    await desk.replied()
    await returned(desk)
    await desk.run("ana", "/ticket resend SUP-1")
    assert not (await desk.run("ana", "/ticket undo SUP-1")).refused
    await desk.after(seconds=10)
    assert len(desk.mails()) == 1


async def test_o5_another_address_gets_what_came_back_and_all_that_follows(desk: Desk) -> None:
    await desk.mail()
    await desk.replied("It is fixed.")
    await returned(desk)
    await desk.run("ana", f"/ticket readdress SUP-1 {MARIA} maria@home.example")
    await desk.after(seconds=10)
    [moved] = desk.mails("maria@home.example")
    assert moved.text == "It is fixed.\n"
    await desk.answer(moved, "I got it.", sender="maria@home.example")
    assert (await desk.messages())[-1].text == "I got it."
    assert await desk.happened(happened.ParticipantMoved) == 1


async def test_o5_no_own_address_and_no_nonsense_is_written_to(desk: Desk) -> None:
    await desk.mail()
    for new in ("help@shop.example", "nonsense", "a@b@c.example"):
        assert (await desk.run("ana", f"/ticket readdress SUP-1 {MARIA} {new}")).refused
    assert (await desk.run("ana", "/ticket readdress SUP-1 eve@x.example a@b.example")).refused


async def test_a_domain_of_other_letters_is_typed_as_it_is_read(desk: Desk) -> None:
    await desk.mail()
    await desk.run("ana", "/ticket add SUP-1 Jo@Bücher.example")
    jo = "jo@xn--bcher-kva.example"
    await desk.answer(desk.mailbox.mails(jo)[-1], "I know.", sender=jo)
    assert await desk.outcomes() == ["ticket", "follow_up"]
    await desk.run("ana", "/ticket remove SUP-1 jo@bücher.example")
    assert [person.address for person in (await desk.ticket()).participants] == [MARIA]


async def test_a_participant_is_removed_and_their_mail_held(desk: Desk) -> None:
    await desk.mail()
    await desk.run("ana", f"/ticket add SUP-1 {BOB}")
    await desk.replied()
    mail = desk.mails(BOB)[-1]
    await desk.run("ana", f"/ticket remove SUP-1 {BOB}")
    await desk.answer(mail, "Still here", sender=BOB)
    assert (await desk.outcomes())[-1] == "held"
    assert (await desk.run("ana", f"/ticket remove SUP-1 {MARIA}")).refused


# ---------------------------------------------------------------- leaving by a link


async def with_url(open_desk: OpenDesk) -> tuple[Desk, Core]:
    """A desk whose mails lead to an https address, with Bob on its ticket."""
    desk = await open_desk()
    core = replace(desk.core, public_url="https://desk.example")
    await desk.mail()
    await desk.run("ana", f"/ticket add SUP-1 {BOB}")
    return desk, core


async def test_o2_only_those_who_did_not_ask_get_a_way_out(open_desk: OpenDesk) -> None:
    desk, core = await with_url(open_desk)
    ticket = await desk.ticket()
    assert correspondence.leave_url(core, ticket, MARIA) == ""
    assert correspondence.leave_url(core, ticket, BOB).startswith("https://desk.example/u/")
    assert correspondence.leave_url(desk.core, ticket, BOB) == ""


async def test_o2_the_link_takes_them_off_and_works_once(open_desk: OpenDesk) -> None:
    desk, core = await with_url(open_desk)
    token = correspondence.leave_url(core, await desk.ticket(), BOB).rpartition("/")[2]
    found = await leaving.look(core, token)
    assert isinstance(found, leaving.Leaver)
    assert (found.number, found.address, found.desk) == ("SUP-1", BOB, "Shop Support")
    assert len((await desk.ticket()).participants) == 2
    assert await leaving.leave(core, token, desk.clock.now()) == found
    assert [p.address for p in (await desk.ticket()).participants] == [MARIA]
    assert await leaving.leave(core, token, desk.clock.now()) is None
    await desk.replied()
    assert len(desk.mails(BOB)) == 0


async def test_o2_a_reply_key_is_no_link_to_leave(open_desk: OpenDesk) -> None:
    desk, core = await with_url(open_desk)
    await desk.replied()
    key = subaddress(desk.mails(BOB)[-1].reply_to)[1]
    assert await leaving.leave(core, key, desk.clock.now()) is None
    assert len((await desk.ticket()).participants) == 2


async def test_o2_notices_carry_the_link_replies_only_name_it(open_desk: OpenDesk) -> None:
    desk, core = await with_url(open_desk)
    ticket = await desk.ticket()
    url = correspondence.leave_url(core, ticket, BOB)
    message = (await desk.messages())[0]
    copies = tuple(MailCopy(recipient=address) for address in (MARIA, BOB))
    async with desk.store.work() as work:
        said = replace(message, copies=copies, text="It is fixed.")
        await correspondence.send_reply(core, work, ticket, said)
    await desk.settle()
    mine, theirs = desk.mails()[-1], desk.mails(BOB)[-1]
    assert url not in mine.text
    assert theirs.text.endswith(f"You take part in SUP-1. To get no more of it: {url}\n")
    assert (mine.unsubscribe_url, theirs.unsubscribe_url) == ("", "")


async def test_o2_a_template_may_place_the_link_itself(open_desk: OpenDesk) -> None:
    desk, core = await with_url(open_desk)
    wording = {"new_participant": "Welcome. Out: {unsubscribe}"}
    own = replace(core.directory.desks["support"], templates=wording)
    core = replace(core, directory=replace(core.directory, desks={"support": own}))
    change = tickets.add_participant(await desk.ticket(), EVE, "", desk.clock.now())
    async with desk.store.work() as work:
        newest = change.item.participants[-1]
        await correspondence.welcome(core, work, change.item, newest, desk.clock.now())
    await desk.settle()
    [mail] = desk.mailbox.mails(EVE)
    assert mail.text == f"Welcome. Out: {mail.unsubscribe_url}"
    assert mail.unsubscribe_url.startswith("https://desk.example/u/")


async def test_o5_the_button_asks_for_the_new_address_alone(desk: Desk) -> None:
    await desk.mail()
    await desk.replied("It is fixed.")
    await returned(desk)
    [post] = [post for post in await desk.posts() if "Other address…" in labels(post)]
    asked = await desk.press("ana", post.actions[1].id)
    assert asked.form is not None
    assert [(f.name, f.value) for f in asked.form.fields] == [("old", MARIA), ("new", "")]
    await desk.press("ana", asked.form.id, old=MARIA, new="maria@home.example")
    await desk.after(seconds=10)
    assert [mail.text for mail in desk.mails("maria@home.example")] == ["It is fixed.\n"]


# ---------------------------------------------------------------- a smarthost that refuses us


async def test_o5_a_refused_login_is_told_to_the_desk_once_a_day(desk: Desk) -> None:
    await desk.mail()
    before = len(desk.surface.channel("support"))
    refusal = PermanentError("the smarthost refused the login: 535", fault=Fault.CREDENTIAL)
    desk.mailbox.script.outage(refusal)
    await desk.run("ana", "/ticket reply SUP-1 Hello")
    for _ in range(5):
        await desk.after(minutes=6)
    told = [post.card.title for post in desk.surface.channel("support")[before:]]
    assert told == ["⚠️ Mail of Shop Support does not leave"]
    desk.mailbox.script.outage(None)
    await desk.after(minutes=6)
    assert await states(desk) == [Delivery.SENT]


async def test_who_mends_an_address_is_told_what_still_goes_to_the_old_one(desk: Desk) -> None:
    await desk.mail()
    await desk.run("ana", "/ticket reply SUP-1 Hello")
    moved = await desk.run("ana", f"/ticket readdress SUP-1 {MARIA} maria@home.example")
    assert f"still goes to {MARIA}: `/ticket undo SUP-1` takes it back" in told(moved)
    await desk.after(seconds=10)
    again = await desk.run("ana", "/ticket readdress SUP-1 maria@home.example maria@new.example")
    assert told(again) == "SUP-1 writes to maria@new.example from now on."
