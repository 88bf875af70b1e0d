"""A Slack workspace on 127.0.0.1 that speaks the real wire protocol, records, and fails on purpose.

    async with FakeSlack(clock) as slack:
        slack.add_user("ana")                          # UANA, ana@desk.example
        slack.add_channel("support", ["ana"])          # CSUPPORT, the app is in it
        client = AsyncWebClient(slack.bot_token, base_url=slack.api_url, retry_handlers=[])
        ...
        seen = await slack.types("ana", "support", "/ticket claim SUP-1")
        assert (await seen.answer()).text == "SUP-1 is yours."

**Starting.** `FakeSlack(clock, mode="socket"|"http", request_url=…, limits=False, patience=3.0)`,
then `async with` or `start()`/`stop()`; `api_url`, `bot_token`, `app_token`, `signing_secret`. What
expires or is limited goes by the clock; waiting for acknowledgements is real time, `patience`
seconds. In http mode signed requests go to `slack.http.url`, which may be set after the start.

**Scene.** `add_user(name, is_restricted=…, is_stranger=…, deleted=…, is_bot=…)`,
`add_channel(name, members, bot=True, is_private=…, id=…)`. State: `slack.workspace` (users,
channels, messages, files, views, homes, `scopes`, `events`). `workspace.history_lag` and
`most_per_page` make look-ups late and paged. `workspace.lost_threads`: posting into a thread whose
root is gone is "refused" with thread_not_found, or "unthreaded": Slack is reported to post such a
reply silently into the channel, without `thread_ts` in the answer's message.

**People** (users and channels by id or name, `@deskhand` for the direct message with the app;
messages and views are values, looked up as they are now):
`types(user, channel, "/ticket …", thread_ts=)`, `says(user, channel, text, thread_ts=, files=)`,
`edits(message, text)`, `deletes(message)`, `reacts(user, message, emoji)`, `opens_home(user)`,
`presses(user, message_or_view, action_id_or_words)`, `opens_menu(user, where, option, menu="")`,
`picks(user, where, name, value)`, `suggests(user, where, name, typed)`,
`uses_shortcut(user, callback_id, message=None)`, `submits(view, values)`, `closes(view)`.
A gesture gives back `Seen`: `ack`, `payload`, `error`, `errors`, `on_top`, `answers()`,
`await answer()`, `await view()`. What a person could not do raises `Impossible`.
`as_seen=True` presses a button of an outdated picture.

**Looking.** `messages(channel, thread_ts="")`, `last(channel)`, `message(seen)`, `view(seen)`,
`direct_messages(user)`, `whispers(user)`, `home(user)`, `await until(probe)`: asked again after
every call and acknowledgement. `words(message_or_view)`, `notified(message)`, `links(message)`
read blocks as a client would.

**Administrators.** `archives`, `deletes_channel`, `renames`, `kicks_bot`, `invites_bot`,
`changes_user(user, deleted=True)`, `revokes_token(told=True)`, `restores_token`.

**Faults.** `slack.faults.then(method_or_ANY, fault, …, times=1)`, `.always(fault, method)`,
`.at_random(rate, seed)`, `.release()` with `limited(seconds)`, `failing(503)`,
`saying("fatal_error")`, `lost_answer()`, `dropped()`, `hanging()`, `slow()`; `done=True` where the
effect happens first. `response_url`, `upload` and `download` are methods too.
`await goes_down()`, `comes_back()`: a whole outage.
Sockets: `sockets.warn()`, `.refresh()`, `.drop()`, `.ping()`, `.mute` (no pong), `.silent` (no
envelope). Events: `events.copies = 2`, `with events.held() as list_: …` (reorder the list),
`events.again(events.sent[-1])`, `await events.retry_due()`, `events.pending`, `events.lost`.
Signatures: `await slack.http.send(body, timestamp=, signature=, headers=)`, `http.verify_url()`.

**Record.** `calls(method)`, `record.calls`, `record.acks` with their delays and payloads.

**As a process.** `python -m tests.fakes.slack --port 0 --state DIR`, see `__main__`.
"""

from tests.fakes.slack.controls import Impossible
from tests.fakes.slack.faults import (
    ANY,
    Fault,
    dropped,
    failing,
    hanging,
    limited,
    lost_answer,
    saying,
    slow,
)
from tests.fakes.slack.reading import links, notified, words
from tests.fakes.slack.record import Ack, Call
from tests.fakes.slack.server import APP_TOKEN, BOT_TOKEN, SIGNING_SECRET, FakeSlack
from tests.fakes.slack.values import Channel, File, Json, Message, User, View
from tests.fakes.slack.watching import Seen

__all__ = [
    "ANY",
    "APP_TOKEN",
    "BOT_TOKEN",
    "SIGNING_SECRET",
    "Ack",
    "Call",
    "Channel",
    "FakeSlack",
    "Fault",
    "File",
    "Impossible",
    "Json",
    "Message",
    "Seen",
    "User",
    "View",
    "dropped",
    "failing",
    "hanging",
    "limited",
    "links",
    "lost_answer",
    "notified",
    "saying",
    "slow",
    "words",
]
