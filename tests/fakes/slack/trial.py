"""A small app on the unmodified slack_bolt, to try the fake with."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web
from slack_bolt.adapter.socket_mode.async_handler import AsyncSocketModeHandler
from slack_bolt.app.async_app import AsyncApp
from slack_bolt.async_app import AsyncBoltRequest
from slack_sdk.web.async_client import AsyncWebClient

from tests.fakes.slack import FakeSlack, Json
from tests.fakes.slack.values import BOT_USER
from tests.fakes.web import WebServer


def plain(text: str) -> Json:
    return {"type": "plain_text", "text": text}


def section(text: str, **more: Any) -> Json:
    return {"type": "section", "text": {"type": "mrkdwn", "text": text}, **more}


def button(words: str, action_id: str, **more: Any) -> Json:
    return {"type": "button", "text": plain(words), "action_id": action_id, **more}


def option(words: str, value: str) -> Json:
    return {"text": plain(words), "value": value}


CARD: list[Json] = [
    section(
        "*SUP-1* It burns",
        accessory={
            "type": "overflow",
            "action_id": "more",
            "options": [option("Snooze…", "snooze"), option("Spam", "spam")],
        },
    ),
    {"type": "actions", "elements": [button("Claim", "claim", value="1", style="primary")]},
]
FORM: Json = {
    "type": "modal",
    "callback_id": "reply",
    "title": plain("Reply to SUP-1"),
    "submit": plain("Send"),
    "notify_on_close": True,
    "blocks": [
        {
            "type": "input",
            "block_id": "body",
            "label": plain("Message"),
            "element": {"type": "plain_text_input", "action_id": "text", "max_length": 20},
        },
        {
            "type": "input",
            "block_id": "then",
            "label": plain("Then"),
            "element": {
                "type": "radio_buttons",
                "action_id": "after",
                "initial_option": option("Wait", "wait"),
                "options": [option("Wait", "wait"), option("Resolve", "resolve")],
            },
        },
        {
            "type": "input",
            "block_id": "saved",
            "optional": True,
            "label": plain("Start from"),
            "element": {
                "type": "external_select",
                "action_id": "macro",
                "min_query_length": 0,
            },
        },
    ],
}
HOME: Json = {"type": "home", "blocks": [section("Nothing needs you.")]}


@dataclass(slots=True)
class Trial:
    """The app: what it heard, and how it was made to answer."""

    client: AsyncWebClient
    heard: list[tuple[str, str]] = field(default_factory=list)
    submitted: list[Json] = field(default_factory=list)
    answer: Json = field(default_factory=dict)

    def app(self, signing_secret: str) -> AsyncApp:
        """A Bolt app with one listener of each kind."""
        app = AsyncApp(client=self.client, signing_secret=signing_secret)
        app.command("/ticket")(self._command)
        app.action("claim")(self._claim)
        app.action("more")(self._more)
        app.shortcut("note")(self._note)
        app.view("reply")(self._submission)
        app.view_closed("reply")(self._closed)
        app.options("macro")(self._options)
        app.event("message")(self._message)
        app.event("app_mention")(self._mention)
        app.event("reaction_added")(self._reaction)
        app.event("app_home_opened")(self._home)
        for kind in ("tokens_revoked", "channel_archive", "user_change", "channel_rename"):
            app.event(kind)(self._note_event)
        return app

    async def _command(self, ack: Any, body: Json) -> None:
        if body["text"] == "reply":
            await ack()
            await self.client.views_open(trigger_id=body["trigger_id"], view=FORM)
        else:
            await ack(f"did {body['text']}")

    async def _claim(self, ack: Any, respond: Any, body: Json) -> None:
        await ack()
        await respond(f"{body['user']['username']} has it")

    async def _more(self, ack: Any, action: Json) -> None:
        await ack()
        self.heard.append(("more", action["selected_option"]["value"]))

    async def _note(self, ack: Any, body: Json) -> None:
        await ack()
        self.heard.append(("note", body["message"]["text"]))

    async def _submission(self, ack: Any, view: Json) -> None:
        self.submitted.append(view["state"]["values"])
        await ack(**self.answer)

    async def _closed(self, ack: Any, view: Json) -> None:
        await ack()
        self.heard.append(("closed", view["callback_id"]))

    async def _options(self, ack: Any, payload: Json) -> None:
        await ack(options=[option(f"About {payload['value']}", "m1")])

    async def _message(self, event: Json) -> None:
        told = event.get("message") or event
        words = event.get("deleted_ts") or told.get("text", "")
        self.heard.append((event.get("subtype", "message"), words))

    async def _mention(self, event: Json) -> None:
        self.heard.append(("mention", event["text"].replace(f"<@{BOT_USER}> ", "")))

    async def _reaction(self, event: Json) -> None:
        self.heard.append(("reaction", event["reaction"]))

    async def _home(self, event: Json) -> None:
        await self.client.views_publish(user_id=event["user"], view=HOME)

    async def _note_event(self, event: Json) -> None:
        self.heard.append(("event", event["type"]))


def trial(slack: FakeSlack) -> Trial:
    """An app that knows the fake's addresses and tokens."""
    client = AsyncWebClient(slack.bot_token, base_url=slack.api_url, retry_handlers=[])
    return Trial(client)


@asynccontextmanager
async def by_socket(slack: FakeSlack, *, connections: int = 1) -> AsyncIterator[Trial]:
    """The app connected by Socket Mode."""
    made = trial(slack)
    app = made.app(slack.signing_secret)
    handlers = [AsyncSocketModeHandler(app, slack.app_token) for _ in range(connections)]
    for handler in handlers:
        handler.client.ping_interval = 0.05
        await handler.connect_async()  # type: ignore[no-untyped-call]
    await slack.until(lambda: slack.sockets.count == connections)
    try:
        yield made
    finally:
        for handler in handlers:
            await handler.close_async()  # type: ignore[no-untyped-call]


@asynccontextmanager
async def by_http(slack: FakeSlack) -> AsyncIterator[Trial]:
    """The app behind an address of its own."""
    made = trial(slack)
    app = made.app(slack.signing_secret)

    async def events(request: web.Request) -> web.Response:
        body = (await request.read()).decode()
        bolt = AsyncBoltRequest(body=body, headers=dict(request.headers))
        answer = await app.async_dispatch(bolt)
        return web.Response(text=answer.body, status=answer.status, headers=answer.first_headers())

    server = web.Application()
    server.router.add_post("/slack/events", events)
    async with WebServer(server, patience=0.1) as running:
        slack.http.url = f"{running.address}/slack/events"
        yield made
