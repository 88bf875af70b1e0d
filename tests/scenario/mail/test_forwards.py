"""S5: an agent's forward is the customer's ticket, and the agent can undo that or forbid it."""

from __future__ import annotations

import pytest

from bot.domain import events as happened
from bot.domain.messages import Delivery, Voice
from bot.domain.work_items import TicketStatus
from bot.errors import TemporaryError
from tests.scenario.desk import Desk, labels, told, words
from tests.scenario.mail.test_mail_origin import ANA, FORWARD, judged, verdict

ZOE, AGENT = "zoe@else.example", "ana@shop.example"
OWN_MAIL = (verdict("pass", "shop.example"), *ANA)


async def forwarded(desk: Desk, body: str = FORWARD) -> None:
    await judged(desk, *OWN_MAIL, body=body)


async def people(desk: Desk) -> list[str]:
    return [person.address for person in (await desk.ticket()).participants]


# ---------------------------------------------------------------- undoing it


async def test_s5_it_is_shown_as_forwarded_with_a_way_back(desk: Desk) -> None:
    await forwarded(desk)
    post = (await desk.posts())[0]
    assert "by email, forwarded by ana@shop.example" in words(post)
    assert labels(post) == ["Undo the forward"]
    assert "From: Zoe <zoe@else.example> · forwarded by ana@shop.example" in words(
        await desk.card()
    )


async def test_s5_the_button_makes_it_the_agents_own(desk: Desk) -> None:
    await forwarded(desk)
    button = (await desk.posts())[0].actions[0]
    reply = await desk.press("ben", button.id)
    assert told(reply) == f"SUP-1 is Ana's own ticket now; {ZOE} was never mailed about it."
    assert await people(desk) == [AGENT]
    assert await desk.happened(happened.RequesterChanged) == 1
    first, comment = await desk.messages()
    assert (first.author, first.voice) == (f"mail:{AGENT}", Voice.CUSTOMER)
    assert first.text == f"Zoe <{ZOE}> wrote:\n\nIt is wrong."
    assert comment.voice is Voice.NOTE
    assert labels((await desk.posts())[0]) == []
    assert "forwarded by" not in words(await desk.card())


async def test_s5_undone_the_agent_gets_the_answer_and_the_customer_nothing(desk: Desk) -> None:
    await forwarded(desk)
    await desk.run("ben", "/ticket unforward SUP-1")
    mail = await desk.replied("Here is how.")
    assert (mail.recipient.address, desk.mailbox.mails(ZOE)) == (AGENT, ())
    await desk.answer(mail, "Thanks!", sender=AGENT)
    assert (await desk.newest()).text == "Thanks!"


async def test_s5_a_reply_that_still_waits_is_taken_back(desk: Desk) -> None:
    await forwarded(desk)
    await desk.run("ben", "/ticket reply SUP-1 Dear Zoe. --resolve")
    reply = await desk.run("ben", "/ticket unforward SUP-1")
    await desk.after(minutes=1)
    assert "was never mailed about it" in told(reply)
    assert desk.mailbox.mails(ZOE) == ()
    assert (await desk.newest()).delivery is Delivery.UNDONE
    assert (await desk.ticket()).status is TicketStatus.NEW
    assert await people(desk) == [AGENT]


async def test_s5_one_that_is_delayed_never_leaves_either(desk: Desk) -> None:
    await forwarded(desk)
    desk.mailbox.script.then(*[TemporaryError("451 busy")] * 2)
    await desk.run("ben", "/ticket reply SUP-1 Dear Zoe.")
    await desk.after(seconds=11)
    reply = await desk.run("ben", "/ticket unforward SUP-1")
    await desk.after(hours=1)
    assert "was never mailed about it" in told(reply)
    assert (desk.mailbox.mails(ZOE), (await desk.newest()).delivery) == ((), Delivery.CANCELLED)
    assert await desk.happened(happened.ReplyUndone) == 1


async def test_s5_what_has_left_is_said(desk: Desk) -> None:
    await forwarded(desk)
    mail = await desk.replied("Dear Zoe.")
    reply = await desk.run("ben", "/ticket unforward SUP-1")
    assert told(reply).endswith(f"{ZOE} had got mail about it before.")
    await desk.answer(mail, "What?", sender=ZOE)
    assert (await desk.newest()).voice is Voice.HELD


async def test_s5_others_stay_and_an_agent_is_there_but_once(desk: Desk) -> None:
    await forwarded(desk)
    await desk.run("ben", "/ticket add SUP-1 bob@acme.example")
    await desk.run("ben", f"/ticket add SUP-1 {AGENT}")
    await desk.run("ben", "/ticket unforward SUP-1")
    assert await people(desk) == [AGENT, "bob@acme.example"]


async def test_s5_only_a_forward_is_undone_and_only_once(desk: Desk) -> None:
    await desk.mail()
    refused = await desk.run("ana", "/ticket unforward SUP-1")
    assert "SUP-1 is no ticket that an agent forwarded" in told(refused)
    await forwarded(desk)
    assert not (await desk.run("ana", "/ticket unforward SUP-2")).refused
    assert (await desk.run("ana", "/ticket unforward SUP-2")).refused


async def test_s5_who_may_not_reply_may_not_undo_it(desk: Desk) -> None:
    await forwarded(desk)
    assert (await desk.run("gus", "/ticket unforward SUP-1")).refused
    assert await people(desk) == [ZOE]


# ---------------------------------------------------------------- forbidding it


@pytest.mark.parametrize("head", ["#mine", "\n  #Mine \n", "#mine\nFYI, please help."])
async def test_s5_the_word_at_the_head_keeps_it_the_agents(desk: Desk, head: str) -> None:
    await forwarded(desk, FORWARD.replace("FYI, please help.", head))
    assert await people(desk) == [AGENT]
    assert "It is wrong." in (await desk.newest()).full_text


@pytest.mark.parametrize("comment", ["It is #mine", "FYI\n#mine", "#mines"])
async def test_s5_anywhere_else_it_is_a_word_like_any(desk: Desk, comment: str) -> None:
    await forwarded(desk, FORWARD.replace("FYI, please help.", comment))
    assert await people(desk) == [ZOE]


async def test_s5_it_is_heard_in_html_and_above_a_mail_as_a_file(desk: Desk) -> None:
    inner = "From: Zoe <zoe@else.example>\r\nSubject: My bill\r\n\r\nIt is wrong."
    mixed = 'Content-Type: multipart/mixed; boundary="b"'
    body = (
        "--b\r\nContent-Type: text/html\r\n\r\n<p>#mine</p><p>Please help.</p>\r\n"
        f"--b\r\nContent-Type: message/rfc822\r\n\r\n{inner}\r\n--b--\r\n"
    )
    await judged(desk, *OWN_MAIL, mixed, body=body)
    assert await people(desk) == [AGENT]
