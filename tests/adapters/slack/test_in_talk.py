"""What people say, edit, delete and put emoji on; and who is not listened to."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from adapters.slack.gestures.talk import REACTIONS
from bot.commands.shortcuts import EMOJI
from bot.domain.threads import ThreadRef
from bot.tasks import spawn
from tests.adapters.slack.front import Front, front
from tests.fakes.slack import saying
from tests.fakes.slack.values import BOT_USER, Message


@pytest.fixture
async def there() -> AsyncIterator[Front]:
    async with front() as opened:
        yield opened


async def test_words_in_a_thread_are_talk(there: Front) -> None:
    card = await there.card()
    said = await there.fake.says("ana", "desk", "ask @ben & co", thread_ts=card.ts)
    (talk,) = there.core.talks
    assert (talk.account, talk.text, talk.addressed) == ("UANA", "ask @ben & co", False)
    assert talk.thread == ThreadRef(surface="slack", space="CDESK", id=card.ts)
    assert talk.key == f"CDESK:{said.ts}"
    end = f"p{said.ts.replace('.', '')}?thread_ts={card.ts}&cid=CDESK"
    assert talk.url.endswith(f"/archives/CDESK/{end}")


async def test_words_in_the_channel_itself_are_not_ours(there: Front) -> None:
    await there.fake.says("ana", "desk", "lunch?")
    assert there.core.talks == []


@pytest.mark.parametrize("in_thread", [True, False])
async def test_words_to_us_are_heard_once(there: Front, in_thread: bool) -> None:
    card = await there.card()
    root = card.ts if in_thread else ""
    await there.fake.says("ana", "desk", "@deskhand claim it", thread_ts=root)
    (talk,) = there.core.talks
    assert (talk.text, talk.addressed) == ("claim it", True)
    answers = there.fake.workspace.messages.seen_by("UANA")
    assert [(m.text, m.thread_ts) for m in answers] == [("Done.", root)]


async def test_a_direct_message_is_a_command(there: Front) -> None:
    direct = there.fake.workspace.direct("UANA").id
    await there.fake.says("ana", direct, "queue")
    (talk,) = there.core.talks
    assert (talk.text, talk.addressed) == ("queue", True)
    assert [m.text for m in there.fake.direct_messages("ana")] == ["queue", "Done."]


async def test_strangers_and_bots_are_not_listened_to(there: Front) -> None:
    card = await there.card()
    await there.fake.says("eve", "desk", "hello", thread_ts=card.ts)
    bot = Message(
        channel="CDESK",
        ts=there.fake.workspace.next_ts(),
        user=BOT_USER,
        text="beep",
        thread_ts=card.ts,
        by_app=True,
    )
    there.fake.workspace.post(bot)
    await there.fake.changes_user("ana", is_restricted=True)
    await there.fake.says("ana", "desk", "as a guest", thread_ts=card.ts)
    await there.fake.events.settled()
    assert there.core.talks == []


async def test_edits_and_deletions_are_followed(there: Front) -> None:
    card = await there.card()
    said = await there.fake.says("ana", "desk", "one", thread_ts=card.ts)
    await there.fake.edits(said, "two")
    assert [(t.text, t.key) for t in there.core.revised] == [("two", f"CDESK:{said.ts}")]
    await there.fake.deletes(there.fake.message(said))
    assert there.core.withdrawn == [("slack", "UANA", f"CDESK:{said.ts}")]


async def test_an_unfurled_link_is_no_edit(there: Front) -> None:
    card = await there.card()
    said = await there.fake.says("ana", "desk", "https://acme.example", thread_ts=card.ts)
    there.fake.workspace.change(said, attachments=({"title": "Acme"},))
    await there.fake.events.settled()
    assert there.core.revised == []


async def test_edits_of_strangers_and_of_our_own_cards_are_left_alone(there: Front) -> None:
    card = await there.card()
    there.fake.workspace.change(card, text="redrawn")
    said = await there.fake.says("eve", "desk", "one", thread_ts=card.ts)
    await there.fake.edits(said, "two")
    await there.fake.deletes(there.fake.message(said))
    assert (there.core.revised, there.core.withdrawn) == ([], [])


async def test_files_are_fetched_only_for_threads_of_ours(there: Front) -> None:
    card, files = await there.card(), {"a.txt": b"abc"}
    await there.fake.says("ana", "desk", "see", thread_ts=card.ts, files=files)
    assert there.core.talks[0].files == ()
    there.around.threads.add(card.ts)
    await there.fake.says("ana", "desk", "see", thread_ts=card.ts, files=files)
    await there.until(lambda: len(there.core.talks) == 2)
    assert [file.name for file in there.core.talks[1].files] == ["a.txt"]


async def test_talk_is_handed_over_though_nobody_can_tell_whose_thread_it_is(there: Front) -> None:
    card = await there.card()
    there.around.away = True
    await there.fake.says("ana", "desk", "see", thread_ts=card.ts, files={"a.txt": b"a"})
    await there.fake.reacts("ana", card, "eyes")
    await there.until(lambda: there.core.talks)
    assert [file.name for file in there.core.talks[0].files] == ["a.txt"]
    assert [reaction.emoji for reaction in there.core.reactions] == ["👀"]


async def test_a_file_that_is_too_large_is_told_in_the_note(there: Front) -> None:
    card = await there.card()
    there.around.threads.add(card.ts)
    big = {"big.bin": b"x" * (26 * 1024 * 1024)}
    await there.fake.says("ana", "desk", "see", thread_ts=card.ts, files=big)
    await there.until(lambda: there.core.talks)
    assert there.core.talks[0].text == "see\n[big.bin: too large, 25 MB are kept at most]"
    assert there.fake.calls("download") == []


async def test_words_keep_their_order_while_files_are_fetched(there: Front) -> None:
    card = await there.card()
    there.around.threads.add(card.ts)
    with there.fake.events.held():
        await there.fake.says("ana", "desk", "1", thread_ts=card.ts, files={"a.txt": b"a"})
        await there.fake.says("ana", "desk", "2", thread_ts=card.ts)
        await there.fake.says("ana", "desk", "3", thread_ts=card.ts)
    await there.until(lambda: len(there.core.talks) == 3)
    assert [talk.text for talk in there.core.talks] == ["1", "2", "3"]


async def test_what_is_not_done_is_not_acknowledged(there: Front) -> None:
    card, fake = await there.card(), there.fake
    await fake.events.settled()
    fake.record.acks.clear()
    there.core.may_go.clear()
    fake.sockets.patience = 0.05

    async def speak() -> None:
        await fake.says("ana", "desk", "slow", thread_ts=card.ts)

    spoken = spawn(speak(), "speaking")
    await there.until(lambda: [ack for ack in fake.record.acks if ack.attempt == 1])
    assert not [ack for ack in fake.record.acks if ack.ok]
    there.core.may_go.set()
    await spoken
    assert [talk.text for talk in there.core.talks] == ["slow"]


# ------------------------------------------------------------ emoji


def test_every_emoji_has_slacks_name() -> None:
    assert sorted(REACTIONS.values()) == sorted(EMOJI)


async def test_an_emoji_on_a_card_needs_no_look(there: Front) -> None:
    card = await there.card()
    there.around.threads.add(card.ts)
    await there.fake.reacts("ana", card, "eyes")
    (reaction,) = there.core.reactions
    assert (reaction.emoji, reaction.account, reaction.text) == ("👀", "UANA", "")
    assert reaction.thread == ThreadRef(surface="slack", space="CDESK", id=card.ts)
    assert there.fake.calls("conversations.replies") == []


async def test_an_emoji_on_somebodys_words_brings_them(there: Front) -> None:
    card = await there.card()
    said = await there.fake.says("eve", "desk", "it is <DNS>", thread_ts=card.ts)
    await there.fake.reacts("ana", said, "pushpin")
    (reaction,) = there.core.reactions
    assert (reaction.emoji, reaction.text, reaction.key) == (
        "📌",
        "it is <DNS>",
        f"CDESK:{said.ts}",
    )
    assert reaction.thread == ThreadRef(surface="slack", space="CDESK", id=card.ts)


@pytest.mark.parametrize(("who", "emoji"), [("eve", "eyes"), ("ana", "tada")])
async def test_emoji_of_strangers_and_others_mean_nothing(
    there: Front, who: str, emoji: str
) -> None:
    await there.fake.reacts(who, await there.card(), emoji)
    assert there.core.reactions == []
    assert there.fake.calls("conversations.replies") == []


# ------------------------------------------------------------ the workspace


@pytest.mark.parametrize(
    ("what", "title"),
    [
        ("archives", "⚠️ Slack channel CDESK was archived"),
        ("deletes_channel", "⚠️ Slack channel CDESK was deleted"),
    ],
)
async def test_a_channel_that_goes_is_told(there: Front, what: str, title: str) -> None:
    await getattr(there.fake, what)("desk")
    assert list(there.around.told.values()) == [title]


async def test_a_channel_of_nobodys_may_go(there: Front) -> None:
    there.fake.add_channel("other", ["ana"])
    await there.fake.archives("other")
    await there.fake.invites_bot("other")
    assert there.around.told == {}


async def test_an_emoji_whose_message_cannot_be_read_changes_nothing(there: Front) -> None:
    card = await there.card()
    there.fake.faults.then("conversations.replies", saying("fatal_error"))
    await there.fake.reacts("ana", card, "eyes")
    assert there.core.reactions == []
