"""The fake refuses what Slack refuses, in Slack's words."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient
from slack_sdk.webhook.async_client import AsyncWebhookClient

from bot.clock import ManualClock
from tests.fakes.slack import FakeSlack, Json
from tests.fakes.slack.blocks import faults_of_message, faults_of_view
from tests.fakes.slack.payloads import slash
from tests.fakes.slack.trial import FORM, HOME, button, option, plain, section, trial

NOTICE: Json = {"type": "modal", "title": plain("Note"), "blocks": [section("x")]}
NOW = datetime(2026, 11, 21, 15, 38, tzinfo=UTC)


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock(NOW)


@pytest.fixture
async def slack(clock: ManualClock) -> AsyncIterator[FakeSlack]:
    async with FakeSlack(clock) as fake:
        fake.add_user("ana")
        fake.add_channel("support", ["ana"])
        yield fake


@pytest.fixture
def client(slack: FakeSlack) -> AsyncWebClient:
    return trial(slack).client


async def refused(call: Any) -> Json:
    with pytest.raises(SlackApiError) as caught:
        await call
    answer: Json = caught.value.response.data
    return answer


def chart(series: int = 1, **more: Any) -> Json:
    data = [{"label": day, "value": 1} for day in ("Mon", "Tue")]
    lines = [{"name": f"s{number}", "data": data} for number in range(series)]
    axis = {"axis_config": {"categories": ["Mon", "Tue"]}}
    drawn: Json = {"type": "bar", "series": lines, **axis, **more}
    return {"type": "data_visualization", "title": "Tickets", "chart": drawn}


def actions(*elements: Json) -> Json:
    return {"type": "actions", "elements": list(elements)}


def overflow(options: int) -> Json:
    listed = [option(str(number), str(number)) for number in range(options)]
    return {"type": "overflow", "action_id": "m", "options": listed}


def container(children: int, **more: Any) -> Json:
    inside = [section("x") for _ in range(children)]
    return {"type": "container", "title": plain("Mail"), "child_blocks": inside, **more}


WRONG: dict[str, tuple[list[Json], str]] = {
    "51 blocks": ([section("x")] * 51, "no more than 50 items allowed [json-pointer:/blocks]"),
    "section of 3001": (
        [section("x" * 3001)],
        "must be less than 3001 characters [json-pointer:/blocks/0/text/text]",
    ),
    "empty section": (
        [section("")],
        "must be more than 0 characters [json-pointer:/blocks/0/text/text]",
    ),
    "11 fields": (
        [{"type": "section", "fields": [plain("x")] * 11}],
        "no more than 10 items allowed [json-pointer:/blocks/0/fields]",
    ),
    "field of 2001": (
        [{"type": "section", "fields": [plain("x" * 2001)]}],
        "must be less than 2001 characters [json-pointer:/blocks/0/fields/0/text]",
    ),
    "26 buttons": (
        [actions(*(button("x", f"a{number}") for number in range(26)))],
        "no more than 25 items allowed [json-pointer:/blocks/0/elements]",
    ),
    "11 in context": (
        [{"type": "context", "elements": [plain("x")] * 11}],
        "no more than 10 items allowed [json-pointer:/blocks/0/elements]",
    ),
    "header of 151": (
        [{"type": "header", "text": plain("x" * 151)}],
        "must be less than 151 characters [json-pointer:/blocks/0/text/text]",
    ),
    "button of 76": (
        [actions(button("x" * 76, "a"))],
        "must be less than 76 characters [json-pointer:/blocks/0/elements/0/text/text]",
    ),
    "value of 2001": (
        [actions(button("x", "a", value="x" * 2001))],
        "must be less than 2001 characters [json-pointer:/blocks/0/elements/0/value]",
    ),
    "action_id of 256": (
        [actions(button("x", "a" * 256))],
        "must be less than 256 characters [json-pointer:/blocks/0/elements/0/action_id]",
    ),
    "action_id twice": (
        [actions(button("x", "a"), button("y", "a"))],
        "action_id 'a' already exists [json-pointer:/blocks/0/elements/1/action_id]",
    ),
    "block_id twice": (
        [section("x", block_id="b"), section("y", block_id="b")],
        "block_id 'b' already exists [json-pointer:/blocks/1/block_id]",
    ),
    "6 in the menu": (
        [actions(overflow(6))],
        "no more than 5 items allowed [json-pointer:/blocks/0/elements/0/options]",
    ),
    "option of 76": (
        [actions({**overflow(1), "options": [option("x" * 76, "v")]})],
        "must be less than 76 characters [json-pointer:/blocks/0/elements/0/options/0/text/text]",
    ),
    "alert in a message": (
        [{"type": "alert", "text": plain("x")}],
        "block type alert is not allowed in a message [json-pointer:/blocks/0/type]",
    ),
    "unknown block": (
        [{"type": "marquee"}],
        "unsupported type: marquee [json-pointer:/blocks/0/type]",
    ),
    "11 in a container": (
        [container(11)],
        "no more than 10 items allowed [json-pointer:/blocks/0/child_blocks]",
    ),
    "collapsed but not collapsible": (
        [container(1, default_collapsed=True)],
        "requires is_collapsible [json-pointer:/blocks/0/default_collapsed]",
    ),
    "13 series": (
        [chart(13)],
        "must have 1 to 12 items [json-pointer:/blocks/0/chart/series]",
    ),
    "labels beside the axis": (
        [chart(1, axis_config={"categories": ["Wed"]})],
        "labels must match axis_config.categories [json-pointer:/blocks/0/chart/series/0/data]",
    ),
    "a third chart": (
        [chart(), chart(), chart()],
        "no more than 2 data_visualization blocks allowed [json-pointer:/blocks/2]",
    ),
    "rich text of nothing known": (
        [{"type": "rich_text", "elements": [{"type": "text", "text": "x"}]}],
        "unsupported type: text [json-pointer:/blocks/0/elements/0/type]",
    ),
}


@pytest.mark.parametrize("name", WRONG)
def test_blocks_that_slack_refuses(name: str) -> None:
    blocks, words = WRONG[name]
    assert faults_of_message(blocks) == [words]


def test_blocks_at_their_limits_are_right() -> None:
    many = [button("x" * 75, f"{number}", value="v" * 2000) for number in range(24)]
    blocks = [section("x" * 3000), actions(*many, overflow(5)), container(10), chart(12)]
    assert faults_of_message(blocks) == []
    assert faults_of_view(FORM) == []
    assert faults_of_view(HOME) == []


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"title": plain("x" * 25)}, "must be less than 25 characters"),
        ({"submit": plain("x" * 25)}, "must be less than 25 characters"),
        ({"private_metadata": "x" * 3001}, "must be less than 3001 characters"),
        ({"blocks": [section("x")] * 101}, "no more than 100 items allowed"),
        ({"submit": None}, "missing required field: submit"),
        ({"title": None}, "missing required field: title"),
    ],
)
def test_views_that_slack_refuses(change: Json, words: str) -> None:
    (fault,) = faults_of_view({**FORM, **change})
    assert fault.startswith(words)


async def test_invalid_blocks_are_explained(client: AsyncWebClient) -> None:
    blocks, words = WRONG["header of 151"]
    answer = await refused(client.chat_postMessage(channel="CSUPPORT", text="x", blocks=blocks))
    assert answer["error"] == "invalid_blocks"
    assert answer["response_metadata"]["messages"] == [f"[ERROR] {words}"]


async def test_a_text_that_is_too_long(client: AsyncWebClient) -> None:
    answer = await refused(client.chat_postMessage(channel="CSUPPORT", text="x" * 40_001))
    assert answer["error"] == "msg_too_long"


@pytest.mark.parametrize(
    ("channel", "error"),
    [
        ("CNOWHERE", "channel_not_found"),
        ("COUTSIDE", "not_in_channel"),
        ("CSECRET", "channel_not_found"),
        ("COLD", "is_archived"),
    ],
)
async def test_where_the_app_cannot_post(
    slack: FakeSlack, client: AsyncWebClient, channel: str, error: str
) -> None:
    slack.add_channel("outside", bot=False)
    slack.add_channel("secret", bot=False, is_private=True)
    slack.add_channel("old", is_archived=True)
    assert (await refused(client.chat_postMessage(channel=channel, text="x")))["error"] == error


async def test_threads_and_messages_that_are_not_there(
    slack: FakeSlack, client: AsyncWebClient
) -> None:
    slack.workspace.lost_threads = "refused"
    at: Json = {"channel": "CSUPPORT", "ts": "1.000000"}
    post = client.chat_postMessage(channel="CSUPPORT", text="x", thread_ts="1.000000")
    assert (await refused(post))["error"] == "thread_not_found"
    assert (await refused(client.conversations_replies(**at)))["error"] == "thread_not_found"
    assert (await refused(client.chat_update(**at, text="x")))["error"] == "message_not_found"


async def test_a_reply_to_a_lost_thread_can_fall_out_of_it(
    slack: FakeSlack, client: AsyncWebClient
) -> None:
    answer = await client.chat_postMessage(channel="CSUPPORT", text="x", thread_ts="1.000000")
    assert "thread_ts" not in answer["message"]
    assert not slack.last("support").is_reply


async def test_other_peoples_words_are_not_edited(slack: FakeSlack, client: AsyncWebClient) -> None:
    said = await slack.says("ana", "support", "mine")
    call = client.chat_update(channel="CSUPPORT", ts=said.ts, text="x")
    assert (await refused(call))["error"] == "cant_update_message"


@pytest.mark.parametrize(
    ("token", "error"),
    [("xoxb-wrong", "invalid_auth"), ("", "not_authed"), ("xapp", "not_allowed_token_type")],
)
async def test_tokens(slack: FakeSlack, token: str, error: str) -> None:
    given = slack.app_token if token == "xapp" else token
    client = AsyncWebClient(given, base_url=slack.api_url, retry_handlers=[])
    assert (await refused(client.auth_test()))["error"] == error


async def test_a_revoked_token_and_a_missing_scope(
    slack: FakeSlack, client: AsyncWebClient
) -> None:
    slack.workspace.scopes.discard("users:read")
    answer = await refused(client.users_info(user="UANA"))
    assert (answer["error"], answer["needed"]) == ("missing_scope", "users:read")
    assert "chat:write" in answer["provided"]
    await slack.revokes_token()
    assert (await refused(client.auth_test()))["error"] == "token_revoked"


def trigger(slack: FakeSlack) -> str:
    return slack.workspace.new_trigger("UANA")


async def test_a_trigger_opens_one_view_within_three_seconds(
    slack: FakeSlack, client: AsyncWebClient, clock: ManualClock
) -> None:
    first, late = trigger(slack), trigger(slack)
    clock.push(timedelta(seconds=3))
    await client.views_open(trigger_id=first, view=FORM)
    again = await refused(client.views_open(trigger_id=first, view=FORM))
    assert again["error"] == "exchanged_trigger_id"
    clock.push(timedelta(seconds=1))
    expired = await refused(client.views_open(trigger_id=late, view=FORM))
    assert expired["error"] == "expired_trigger_id"


async def test_a_view_is_updated_under_its_hash(slack: FakeSlack, client: AsyncWebClient) -> None:
    view = (await client.views_open(trigger_id=trigger(slack), view=FORM))["view"]
    change = {"view_id": view["id"], "view": FORM, "hash": view["hash"]}
    await client.views_update(**change)
    assert (await refused(client.views_update(**change)))["error"] == "hash_conflict"
    assert slack.workspace.views[view["id"]].updates == 1


async def test_three_views_stand_in_a_stack(slack: FakeSlack, client: AsyncWebClient) -> None:
    top = (await client.views_open(trigger_id=trigger(slack), view=FORM))["view"]
    for _ in range(2):
        inside = slack.workspace.new_trigger("UANA", top["id"])
        top = (await client.views_push(trigger_id=inside, view=FORM))["view"]
    inside = slack.workspace.new_trigger("UANA", top["id"])
    answer = await refused(client.views_push(trigger_id=inside, view=FORM))
    assert answer["error"] == "push_limit_reached"


def response_url(slack: FakeSlack) -> AsyncWebhookClient:
    user, channel = slack.workspace.user("ana"), slack.workspace.channel("support")
    payload = slash(slack.workspace, user, channel, "/ticket")
    return AsyncWebhookClient(payload["response_url"], retry_handlers=[])


async def test_a_response_url_serves_five_times(slack: FakeSlack) -> None:
    hook = response_url(slack)
    answers = [(await hook.send(text=str(number))).status_code for number in range(6)]
    assert answers == [200] * 5 + [404]
    assert [message.text for message in slack.whispers("ana")] == ["0", "1", "2", "3", "4"]


async def test_a_response_url_lives_half_an_hour(slack: FakeSlack, clock: ManualClock) -> None:
    hook = response_url(slack)
    clock.push(timedelta(minutes=30, seconds=1))
    assert (await hook.send(text="late")).body == '{"ok": false, "error": "expired_url"}'


async def test_a_second_post_burst_is_limited(
    slack: FakeSlack, client: AsyncWebClient, clock: ManualClock
) -> None:
    slack.rates.on = True
    for _ in range(5):
        await client.chat_postMessage(channel="CSUPPORT", text="x")
    with pytest.raises(SlackApiError) as caught:
        await client.chat_postMessage(channel="CSUPPORT", text="x")
    assert caught.value.response.status_code == 429
    assert caught.value.response.headers["Retry-After"] == "1"
    clock.push(timedelta(seconds=1))
    await client.chat_postMessage(channel="CSUPPORT", text="x")


async def test_a_tier_is_so_many_calls_a_minute(
    slack: FakeSlack, client: AsyncWebClient, clock: ManualClock
) -> None:
    slack.rates.on = True
    posted = await client.chat_postMessage(channel="CSUPPORT", text="x")
    at: Json = {"channel": "CSUPPORT", "ts": posted["ts"]}
    for number in range(50):
        await client.chat_update(**at, text=str(number))
    assert (await refused(client.chat_update(**at, text="x")))["error"] == "ratelimited"
    clock.push(timedelta(seconds=60))
    await client.chat_update(**at, text="x")


async def test_a_closed_view_is_not_updated(slack: FakeSlack, client: AsyncWebClient) -> None:
    view = (await client.views_open(trigger_id=trigger(slack), view=NOTICE))["view"]
    await slack.closes(slack.workspace.views[view["id"]])
    answer = await refused(client.views_update(view_id=view["id"], view=NOTICE))
    assert answer["error"] == "not_found"
