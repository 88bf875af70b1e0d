"""The fake's Web API as slack_sdk uses it, and its faults on purpose."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

import aiohttp
import pytest
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from bot.clock import ManualClock
from tests.fakes.slack import (
    ANY,
    FakeSlack,
    Fault,
    dropped,
    failing,
    hanging,
    limited,
    links,
    lost_answer,
    notified,
    saying,
    slow,
    words,
)
from tests.fakes.slack.trial import CARD, section, trial

POST = "chat.postMessage"
MARK = {"event_type": "deskhand_post", "event_payload": {"key": "k1"}}


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock(datetime(2026, 11, 21, 15, 38, tzinfo=UTC))


@pytest.fixture
async def slack(clock: ManualClock) -> AsyncIterator[FakeSlack]:
    async with FakeSlack(clock) as fake:
        fake.add_user("ana")
        fake.add_user("guest", is_restricted=True)
        fake.add_channel("support", ["ana"])
        yield fake


@pytest.fixture
def client(slack: FakeSlack) -> AsyncWebClient:
    return trial(slack).client


async def post(client: AsyncWebClient, text: str, thread: str = "") -> str:
    answer = await client.chat_postMessage(
        channel="CSUPPORT", text=text, thread_ts=thread or None, metadata=MARK
    )
    return str(answer["ts"])


async def test_who_the_app_is(slack: FakeSlack, client: AsyncWebClient) -> None:
    answer = await client.auth_test()
    assert answer["user_id"] == "U0DESKHAND"
    assert "chat:write" in answer.headers["x-oauth-scopes"]
    assert slack.calls("auth.test")[0].token == slack.bot_token


async def test_metadata_is_found_only_when_asked_for(client: AsyncWebClient) -> None:
    root = await post(client, "root")
    await post(client, "reply", root)
    thread = await client.conversations_replies(
        channel="CSUPPORT", ts=root, include_all_metadata=True
    )
    assert [message["metadata"] for message in thread["messages"]] == [MARK, MARK]
    history = await client.conversations_history(channel="CSUPPORT")
    (shown,) = history["messages"]
    assert "metadata" not in shown
    assert shown["reply_count"] == 1


async def test_an_edit_keeps_metadata_and_loses_blocks(
    slack: FakeSlack, client: AsyncWebClient
) -> None:
    answer = await client.chat_postMessage(channel="CSUPPORT", text="x", blocks=CARD, metadata=MARK)
    await client.chat_update(channel="CSUPPORT", ts=answer["ts"], text="y", blocks=[])
    message = slack.last("support")
    assert (message.text, message.blocks, message.metadata, message.edits) == ("y", (), MARK, 1)


async def test_history_comes_in_pages_newest_first(
    slack: FakeSlack, client: AsyncWebClient
) -> None:
    slack.workspace.most_per_page = 2
    for number in range(5):
        await post(client, str(number))
    pages = await client.conversations_history(channel="CSUPPORT", limit=200)
    texts = [[message["text"] for message in page["messages"]] async for page in pages]
    assert texts == [["4", "3"], ["2", "1"], ["0"]]


async def test_history_can_be_late(
    slack: FakeSlack, client: AsyncWebClient, clock: ManualClock
) -> None:
    slack.workspace.history_lag = timedelta(seconds=2)
    await post(client, "fresh")
    assert (await client.conversations_history(channel="CSUPPORT"))["messages"] == []
    clock.push(timedelta(seconds=3))
    assert len((await client.conversations_history(channel="CSUPPORT"))["messages"]) == 1


async def test_a_person_is_written_to_directly(slack: FakeSlack, client: AsyncWebClient) -> None:
    opened = await client.conversations_open(users="UANA")
    posted = await client.chat_postMessage(channel="UANA", text="page")
    assert posted["channel"] == opened["channel"]["id"] == "DANA"
    assert [message.text for message in slack.direct_messages("ana")] == ["page"]


async def test_people_and_places_are_described(client: AsyncWebClient) -> None:
    assert (await client.users_info(user="UGUEST"))["user"]["is_restricted"]
    found = await client.users_lookupByEmail(email="ANA@desk.example")
    assert found["user"]["id"] == "UANA"
    assert (await client.conversations_info(channel="CSUPPORT"))["channel"]["is_member"]
    members = await client.conversations_members(channel="CSUPPORT")
    assert members["members"] == ["U0DESKHAND", "UANA"]


async def test_joining_wants_its_scope(slack: FakeSlack, client: AsyncWebClient) -> None:
    slack.add_channel("news", bot=False)
    with pytest.raises(SlackApiError, match="missing_scope"):
        await client.conversations_join(channel="CNEWS")
    slack.workspace.scopes.add("channels:join")
    await client.conversations_join(channel="CNEWS")
    assert slack.workspace.channel("news").has_bot


async def test_a_permalink_leads_into_the_thread(client: AsyncWebClient) -> None:
    root = await post(client, "root")
    reply = await post(client, "reply", root)
    answer = await client.chat_getPermalink(channel="CSUPPORT", message_ts=reply)
    assert f"/archives/CSUPPORT/p{reply.replace('.', '')}?thread_ts={root}" in answer["permalink"]


async def test_a_file_goes_up_in_three_steps(slack: FakeSlack, client: AsyncWebClient) -> None:
    root = await post(client, "root")
    await client.files_upload_v2(
        channel="CSUPPORT", thread_ts=root, filename="a.txt", content="abc", initial_comment="see"
    )
    reply = slack.messages("support", root)[-1]
    assert (reply.text, reply.files[0].name, reply.files[0].content) == ("see", "a.txt", b"abc")


async def test_a_file_is_private(slack: FakeSlack) -> None:
    said = await slack.says("ana", "support", "look", files={"a.png": b"PNG"})
    url = said.files[0].url
    async with aiohttp.ClientSession() as session:
        async with session.get(url, allow_redirects=False) as answer:
            assert answer.status == 302
        token = {"Authorization": f"Bearer {slack.bot_token}"}
        async with session.get(url, headers=token) as answer:
            assert (await answer.read(), answer.content_type) == (b"PNG", "image/png")


async def test_an_unknown_method(client: AsyncWebClient) -> None:
    with pytest.raises(SlackApiError, match="unknown_method"):
        await client.api_call("chat.shout")


@pytest.mark.parametrize(
    ("fault", "shown", "happened"),
    [
        (limited(30), "ratelimited", False),
        (failing(503), "status: 503", False),
        (saying("internal_error"), "internal_error", False),
        (saying("fatal_error", done=True), "fatal_error", True),
        (lost_answer(), "disconnected", True),
        (dropped(), "disconnected", False),
    ],
)
async def test_a_fault_and_whether_it_happened(
    slack: FakeSlack, client: AsyncWebClient, fault: Fault, shown: str, happened: bool
) -> None:
    slack.faults.then(POST, fault)
    with pytest.raises((SlackApiError, aiohttp.ClientError), match=shown):
        await post(client, "x")
    assert bool(slack.messages("support")) is happened
    assert slack.calls(POST)[0].fault == fault.name
    await post(client, "afterwards")


async def test_a_call_hangs_until_it_is_let_go(slack: FakeSlack, client: AsyncWebClient) -> None:
    slack.faults.then(ANY, hanging())
    waiting = asyncio.gather(post(client, "x"), return_exceptions=True)
    await slack.until(lambda: slack.calls(POST))
    assert not waiting.done()
    slack.faults.release()
    (error,) = await waiting
    assert isinstance(error, aiohttp.ClientError)


async def test_a_slow_call_comes_through_late(slack: FakeSlack, client: AsyncWebClient) -> None:
    slack.faults.then(POST, slow())
    waiting = asyncio.gather(post(client, "first"))
    await slack.until(lambda: slack.faults.waiting)
    await post(client, "second")
    slack.faults.release()
    await waiting
    assert [message.text for message in slack.messages("support")] == ["second", "first"]


async def test_an_outage_and_its_end(slack: FakeSlack, client: AsyncWebClient) -> None:
    await slack.goes_down(failing(500))
    with pytest.raises(SlackApiError):
        await client.auth_test()
    slack.comes_back()
    await client.auth_test()
    assert [call.ok for call in slack.calls("auth.test")] == [False, True]


async def test_faults_at_random_come_from_the_seed(
    slack: FakeSlack, client: AsyncWebClient
) -> None:
    slack.faults.at_random(0.5, seed=7)
    for number in range(40):
        await asyncio.gather(post(client, str(number)), return_exceptions=True)
    spoiled = [call.fault for call in slack.calls(POST) if call.fault]
    assert {*spoiled} == {"http 500", "lost answer"}
    assert 10 < len(spoiled) < 30


async def test_what_a_reader_sees(slack: FakeSlack, client: AsyncWebClient) -> None:
    text = "Hi &lt;b&gt; <@UANA> <!here> <https://evil.example|bank> see https://bare.example"
    await client.chat_postMessage(channel="CSUPPORT", text="card", blocks=[section(text)])
    card = slack.last("support")
    assert words(card) == "Hi <b> @UANA !here bank see https://bare.example"
    assert notified(card) == {"UANA", "here"}
    bare = "https://bare.example"
    assert links(card) == [("bank", "https://evil.example"), (bare, bare)]
