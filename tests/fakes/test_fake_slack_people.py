"""People at work against an app on the unmodified Bolt."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from tests.fakes.slack import FakeSlack, Impossible, Message, View, words
from tests.fakes.slack.trial import CARD, Trial, by_socket, plain, section


@pytest.fixture
async def slack() -> AsyncIterator[FakeSlack]:
    async with FakeSlack() as fake:
        fake.add_user("ana")
        fake.add_user("ben")
        fake.add_channel("support", ["ana", "ben"])
        yield fake


@pytest.fixture
async def app(slack: FakeSlack) -> AsyncIterator[Trial]:
    async with by_socket(slack) as made:
        yield made


async def card(slack: FakeSlack, app: Trial) -> Message:
    await app.client.chat_postMessage(channel="CSUPPORT", text="SUP-1", blocks=CARD)
    return slack.last("support")


async def form(slack: FakeSlack) -> View:
    return await (await slack.types("ana", "support", "/ticket reply")).view()


async def test_a_command_is_acknowledged_and_answered(slack: FakeSlack, app: Trial) -> None:
    seen = await slack.types("ana", "support", "/ticket give SUP-1 to @ben & #support")
    said = "did give SUP-1 to <@UBEN|ben> &amp; <#CSUPPORT|support>"
    assert seen.payload == {"text": said}
    assert (await seen.answer()).ephemeral_to == "UANA"
    assert 0 < slack.record.acks[-1].delay < 1


async def test_a_command_in_a_thread_never_arrives(slack: FakeSlack, app: Trial) -> None:
    root = await card(slack, app)
    seen = await slack.types("ana", "support", "/ticket claim", thread_ts=root.ts)
    assert seen.error == "/ticket is not supported in threads. Sorry!"
    assert "slash_commands" not in [ack.kind for ack in slack.record.acks]


async def test_a_button_is_pressed_and_the_answer_is_for_one(slack: FakeSlack, app: Trial) -> None:
    seen = await slack.presses("ana", await card(slack, app), "Claim")
    assert (await seen.answer()).text == "ana has it"
    assert slack.whispers("ben") == []


async def test_a_button_that_is_not_there_cannot_be_pressed(slack: FakeSlack, app: Trial) -> None:
    old = await card(slack, app)
    await app.client.chat_update(channel=old.channel, ts=old.ts, text="x", blocks=[section("x")])
    with pytest.raises(Impossible, match="no 'Claim' here"):
        await slack.presses("ana", old, "Claim")
    assert (await slack.presses("ana", old, "Claim", as_seen=True)).ack.ok


async def test_the_menu_of_a_card(slack: FakeSlack, app: Trial) -> None:
    await slack.opens_menu("ana", await card(slack, app), "Spam")
    assert app.heard[-1] == ("more", "spam")


async def test_a_shortcut_on_a_message(slack: FakeSlack, app: Trial) -> None:
    said = await slack.says("ben", "support", "it is the cable")
    assert (await slack.uses_shortcut("ana", "note", said)).ack.ok
    assert app.heard[-1] == ("note", "it is the cable")


async def test_a_form_is_opened_filled_and_sent(slack: FakeSlack, app: Trial) -> None:
    sent = await slack.submits(await form(slack), Message="hello", Then="Resolve")
    assert sent.ack.ok
    assert sent.on_top is None
    (values,) = app.submitted
    assert values["body"]["text"] == {"type": "plain_text_input", "value": "hello"}
    assert values["then"]["after"]["selected_option"]["value"] == "resolve"


async def test_a_form_comes_back_with_errors(slack: FakeSlack, app: Trial) -> None:
    app.answer = {"response_action": "errors", "errors": {"body": "too rude"}}
    view = await form(slack)
    sent = await slack.submits(view, text="grr")
    assert sent.errors == {"body": "too rude"}
    assert sent.on_top == view


async def test_a_form_is_answered_with_another(slack: FakeSlack, app: Trial) -> None:
    other = {"type": "modal", "title": plain("Sent"), "blocks": [section("Done.")]}
    app.answer = {"response_action": "update", "view": other}
    sent = await slack.submits(await form(slack), text="hello")
    assert sent.on_top is not None
    assert sent.on_top.content["title"] == plain("Sent")


@pytest.mark.parametrize(
    ("values", "why"),
    [
        ({}, "'Message' is required"),
        ({"text": "x" * 21}, "21 characters do not fit"),
        ({"text": "x", "Colour": "red"}, "no field"),
        ({"text": "x", "after": "burn"}, "no option 'burn'"),
    ],
)
async def test_what_a_client_refuses(
    slack: FakeSlack, app: Trial, values: dict[str, str], why: str
) -> None:
    with pytest.raises(Impossible, match=why):
        await slack.submits(await form(slack), values)


async def test_options_are_offered_while_somebody_types(slack: FakeSlack, app: Trial) -> None:
    options = await slack.suggests("ana", await form(slack), "macro", "vat")
    assert [one["text"]["text"] for one in options] == ["About vat"]


async def test_a_closed_form_is_told_and_takes_nothing_more(slack: FakeSlack, app: Trial) -> None:
    view = await form(slack)
    await slack.closes(view)
    assert app.heard[-1] == ("closed", "reply")
    with pytest.raises(Impossible, match="closed"):
        await slack.submits(view, text="late")


async def test_talk_its_changes_and_its_end_are_heard(slack: FakeSlack, app: Trial) -> None:
    said = await slack.says("ana", "support", "one")
    await slack.edits(said, "two")
    await slack.deletes(said)
    wanted = [("message", "one"), ("message_changed", "two"), ("message_deleted", said.ts)]
    assert app.heard == wanted


async def test_a_root_with_replies_leaves_a_tombstone(slack: FakeSlack, app: Trial) -> None:
    root = await slack.says("ana", "support", "one")
    await slack.says("ben", "support", "two", thread_ts=root.ts)
    await slack.deletes(root)
    assert app.heard[-1] == ("message_changed", "This message was deleted.")


async def test_a_mention_comes_as_talk_and_as_mention(slack: FakeSlack, app: Trial) -> None:
    await slack.says("ana", "support", "@deskhand claim")
    assert sorted(app.heard)[0] == ("mention", "claim")
    assert len(app.heard) == 2


async def test_an_emoji_is_heard(slack: FakeSlack, app: Trial) -> None:
    await slack.reacts("ana", await slack.says("ben", "support", "x"), ":eyes:")
    assert app.heard[-1] == ("reaction", "eyes")


async def test_the_home_is_published_when_it_is_opened(slack: FakeSlack, app: Trial) -> None:
    await slack.opens_home("ana")
    home = await slack.until(lambda: slack.home("ana"))
    assert words(home) == "Nothing needs you."


async def test_where_the_app_is_not_it_hears_nothing(slack: FakeSlack, app: Trial) -> None:
    slack.add_channel("lounge", ["ana"], bot=False)
    await slack.says("ana", "lounge", "secret")
    assert app.heard == []


async def test_what_administrators_do_is_told(slack: FakeSlack, app: Trial) -> None:
    await slack.renames("support", "help")
    await slack.archives("help")
    await slack.changes_user("ben", deleted=True)
    await slack.revokes_token()
    told = ["channel_rename", "channel_archive", "user_change", "tokens_revoked"]
    assert app.heard == [("event", kind) for kind in told]


async def test_another_persons_whisper_cannot_be_pressed(slack: FakeSlack, app: Trial) -> None:
    await app.client.chat_postEphemeral(channel="CSUPPORT", user="UANA", text="x", blocks=CARD)
    (whisper,) = slack.whispers("ana")
    with pytest.raises(Impossible, match="does not see"):
        await slack.presses("ben", whisper, "Claim")


async def test_a_direct_message_to_the_app(slack: FakeSlack, app: Trial) -> None:
    await slack.says("ana", "@deskhand", "queue")
    assert app.heard == [("message", "queue")]
    assert slack.events.sent[-1]["event"]["channel_type"] == "im"


async def test_a_stranger_is_marked_as_one(slack: FakeSlack, app: Trial) -> None:
    slack.add_user("zoe", is_stranger=True)
    slack.add_channel("shared", ["zoe"], is_shared=True)
    await slack.says("zoe", "shared", "hello")
    event = slack.events.sent[-1]
    assert (event["event"]["user_team"], event["is_ext_shared_channel"]) == ("T0OTHER", True)
