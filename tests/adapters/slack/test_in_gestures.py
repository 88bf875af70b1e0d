"""Commands, buttons and menus: acknowledged at once, and answered where the person looks."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from bot.cards import Action, Card, Plain
from bot.commands.call import Reply, refusal
from bot.domain.threads import Space, ThreadRef
from bot.errors import UserError
from tests.adapters.slack.front import DONE, FORM, Front, front
from tests.fakes.slack import failing, saying

DESK = Space(surface="slack", id="CDESK")


@pytest.fixture
async def there() -> AsyncIterator[Front]:
    async with front() as opened:
        yield opened


@pytest.fixture
async def slow() -> AsyncIterator[Front]:
    """Forms take longer than is waited for them."""
    async with front(gesture=0.01) as opened:
        yield opened


async def test_a_command_reaches_the_core_as_a_line(there: Front) -> None:
    await (await there.fake.types("ana", "desk", "/ticket assign SUP-1 @ben")).answer()
    (done,) = there.core.invocations
    assert (done.surface, done.account, done.line) == ("slack", "UANA", "/ticket assign SUP-1 @ben")
    assert (done.place, done.thread) == (DESK, None)
    assert done.key


async def test_a_renamed_command_is_still_its_root(there: Front) -> None:
    await (await there.fake.types("ana", "desk", "/pager @ben <now> & here")).answer()
    assert there.core.invocations[0].line == "/page @ben <now> & here"


async def test_a_button_reaches_the_core_with_its_thread(there: Front) -> None:
    card = await there.card()
    await (await there.fake.presses("ana", card, "Claim")).answer()
    (done,) = there.core.invocations
    assert done.action == "dk1:claim:SUP-1"
    assert done.thread == ThreadRef(surface="slack", space="CDESK", id=card.ts)


async def test_the_menu_names_its_action_by_value(there: Front) -> None:
    await (await there.fake.opens_menu("ana", await there.card(), "Escalate")).answer()
    assert there.core.invocations[0].action == "dk1:escalate:SUP-1"


async def test_the_acknowledgement_waits_for_nothing(there: Front) -> None:
    there.core.may_go.clear()
    seen = await there.claims()
    assert (seen.error, seen.answers()) == ("", [])
    there.core.may_go.set()
    assert (await seen.answer()).text == "Done."


async def test_an_answer_stays_in_the_thread(there: Front) -> None:
    seen = await there.claims(inside=True)
    answer = await seen.answer()
    assert answer.thread_ts == there.core.invocations[0].thread.id  # type: ignore[union-attr]
    assert there.fake.calls("response_url") == []


async def test_who_is_not_in_the_channel_is_answered_directly(there: Front) -> None:
    there.fake.add_user("carl")
    there.fake.faults.then("response_url", failing(404), times=2)
    seen = await there.fake.presses("carl", await there.card(), "Claim")
    await there.fake.until(lambda: there.fake.direct_messages("carl"))
    assert there.fake.direct_messages("carl")[0].text == "Done."
    assert seen.answers() == []


async def test_what_only_they_see_is_replaced(there: Front) -> None:
    take_over = (Action("dk1:assign:SUP-1:me", "Take over"),)
    asked = Card(title="", fallback="Ben has it", status=(Plain("Ben has it"),), actions=take_over)
    there.core.replies = [Reply(card=asked, refused=True)]
    first = await (await there.claims()).answer()
    await (await there.fake.presses("ana", first, "Take over")).answer()
    assert [m.text for m in there.fake.workspace.messages.seen_by("UANA")] == ["Done."]


async def test_a_form_opens_at_once(there: Front) -> None:
    there.core.replies = [Reply(form=FORM)]
    form = await (await there.fake.presses("ana", await there.card(), "Note")).view()
    assert form.content["title"]["text"] == "Note on SUP-1"
    assert len(there.fake.calls("views.open")) == 1
    assert there.fake.calls("views.update") == []


async def test_a_form_that_takes_long_is_opened_before_it_is_there(slow: Front) -> None:
    there = slow
    there.core.replies = [Reply(form=FORM)]
    there.core.may_go.clear()
    seen = await there.fake.presses("ana", await there.card(), "Note")
    held = await seen.view()
    assert "One moment" in str(held.blocks)
    there.core.may_go.set()
    await there.fake.until(lambda: there.fake.calls("views.update"))
    assert "Note on SUP-1" in str(there.fake.workspace.views[held.id].content)
    assert there.fake.calls("views.update")[0].arguments["hash"] == held.hash


async def test_what_is_refused_while_a_form_was_awaited_is_told_in_it(slow: Front) -> None:
    there = slow
    there.core.replies = [refusal(UserError("You may not.", code="no_right"))]
    there.core.may_go.clear()
    held = await (await there.fake.presses("ana", await there.card(), "Note")).view()
    there.core.may_go.set()
    await there.fake.until(lambda: there.fake.calls("views.update"))
    assert "You may not." in str(there.fake.workspace.views[held.id].content)


async def test_a_dead_trigger_leaves_a_button_for_the_form(there: Front) -> None:
    there.core.replies = [Reply(form=FORM), Reply(form=FORM)]
    there.fake.faults.then("views.open", saying("expired_trigger_id"))
    late = await (await there.fake.presses("ana", await there.card(), "Note")).answer()
    form = await (await there.fake.presses("ana", late, "Open the form")).view()
    assert form.content["title"]["text"] == "Note on SUP-1"


async def test_a_defect_is_told_with_its_reference(
    there: Front, caplog: pytest.LogCaptureFixture
) -> None:
    there.core.breaks = True
    answer = await (await there.claims()).answer()
    refs = [record.__dict__.get("ref") for record in caplog.records]
    assert any(ref and ref in answer.text for ref in refs)


async def test_a_picture_that_slack_does_not_take_is_drawn_plainer(there: Front) -> None:
    there.fake.faults.then("chat.postEphemeral", saying("invalid_blocks"))
    assert (await (await there.claims(inside=True)).answer()).text == "Done."


async def test_a_guest_may_do_nothing(there: Front) -> None:
    await there.fake.changes_user("ana", is_restricted=True)
    answer = await (await there.claims()).answer()
    assert "guest" in answer.text
    await there.fake.changes_user("ana", is_restricted=False)
    await (await there.claims()).answer()
    assert len(there.core.invocations) == 1


async def test_while_slack_cannot_be_asked_the_configuration_counts(there: Front) -> None:
    there.fake.faults.then("users.info", saying("fatal_error"))
    assert (await (await there.claims()).answer()).text == "Done."


async def test_a_home_is_drawn_anew_after_what_its_owner_did(there: Front) -> None:
    await there.fake.opens_home("ana")
    await there.fake.until(lambda: there.fake.home("ana"))
    await (await there.claims()).answer()
    await there.fake.until(lambda: len(there.fake.calls("views.publish")) == 2)
    hashes = [call.arguments.get("hash") for call in there.fake.calls("views.publish")]
    assert hashes[0] is None
    assert hashes[1]


async def test_homes_that_nobody_opened_are_not_drawn(there: Front) -> None:
    await (await there.claims()).answer()
    assert there.core.homes == 0


async def test_a_home_drawn_elsewhere_meanwhile_is_drawn_again(there: Front) -> None:
    there.fake.faults.then("views.publish", saying("hash_conflict"))
    await there.fake.opens_home("ana")
    await there.fake.until(lambda: there.fake.home("ana"))
    assert there.core.homes == 2


async def test_the_messages_tab_draws_nothing(there: Front) -> None:
    await there.fake.opens_home("ana", tab="messages")
    assert there.core.homes == 0


@pytest.mark.parametrize(
    ("callback", "line", "param"),
    [
        ("reply", "/ticket reply", "text"),
        ("declare", "/incident declare", "title"),
    ],
)
async def test_a_message_menu_asks_with_the_message_in_the_form(
    there: Front, callback: str, line: str, param: str
) -> None:
    there.core.replies = [Reply(form=FORM)]
    said = await there.fake.says("eve", "desk", "pay <now> please")
    await (await there.fake.uses_shortcut("ana", callback, said)).view()
    (done,) = there.core.invocations
    assert (done.line, done.asks, dict(done.args)) == (line, True, {param: "pay <now> please"})
    assert done.thread == ThreadRef(surface="slack", space="CDESK", id=said.ts)


async def test_the_files_of_a_message_come_with_the_form(there: Front) -> None:
    there.core.replies = [Reply(form=FORM)]
    said = await there.fake.says("eve", "desk", "see", files={"a.txt": b"a"})
    form = await (await there.fake.uses_shortcut("ana", "reply", said)).view()
    await there.fake.submits(form, text="hello")
    assert [file.name for file in there.core.invocations[-1].files] == ["a.txt"]
    assert there.core.usual is DONE
