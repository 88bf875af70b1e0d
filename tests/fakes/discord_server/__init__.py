"""A fake Discord that the unmodified discord.py logs into: REST and gateway on 127.0.0.1.

    async with FakeDiscord(clock) as discord:  # has now(); a ManualClock when none is given
        support = discord.text_channel("support")
        forum = discord.forum("tickets", ["New", "Open"])
        ana = discord.person("Ana")
        ...  # start the bot with discord.api_url and discord.token
        await discord.connected()
        seen = await ana.types(support, "/ticket claim number:SUP-1")
        assert seen.ephemeral and "SUP-1" in seen.text

Setting the scene: `text_channel`, `forum`, `role`, `person`, `deny_bot(channel, rights.X)`,
`world.message_content` and `world.members_intent` (the switches of the developer portal),
`world.thread_cap`; `announce(channel)` for one made while the bot runs; `archive_idle()`,
`kick_bot()`; `guild`, `me`, `token`, `api_url`.

People (`Person`) do what Discord's client lets them do (otherwise `CannotSend`) and get what they
see. `types(channel, "/…")`, `uses_menu(message, name)`, `presses(message, label_or_custom_id)`,
`chooses(message, *options, select=)` and `submits(seen, values, files)` return a `Seen` once the
answer is there and no longer "thinking" (or at once, with `waits = False`);
`autocompletes(channel, "/… option:te")` the choices. `says`, `edits`, `deletes`, `reacts`,
`unreacts`, `starts_typing`, `starts_thread`, `archives`, `deletes_channel`, `closes_dms`; `id`,
`mention`, `dm`, `inbox`, `ephemerals`.
`Seen`: `text`, `all_text`, `ephemeral`, `message`, `modal`, `form`, `title`, `fields`,
`followups`, `choices`, `failed`, `thinking`, `deferred`; `await followup(n)`, `await edited()`,
`await finished()`.

What is there: `messages(channel)`, `threads(channel)`, `tags(post)`, `syncs`, `Message` (`text`,
`buttons`, `selects`, `pings`, `edit_pings`, `allowed_mentions`, `flags`, `unfurls`, `nonce`,
`edits`); `calls` and `called("POST /channels/{channel_id}/messages")` with body, files, instant
and outcome, `called(UNSERVED)` for what the fake does not know; `gateway.frames`,
`gateway.sent_by_client(IDENTIFY)`.
Waiting: `await discord.until(lambda: …, "what")`, `await discord.connected()`; bounded in real
time.

Faults: `faults.next(route, fault, times)` with `error(503)`, `too_many(1.5)`, `RESET` (done, then
reset), `DROP`, `HANG`, `LOST_ANSWER`, `LATE_ERROR`; `faults.release()` ends what hangs; `go_down`
and `come_back`; `revoke_token`.
Gateway: `gateway.drop()`, `await gateway.reconnect()` (op 7),
`await gateway.invalidate(resumable=)` (op 9), `gateway.forget()`, `await gateway.close(code)`,
`gateway.shut`, `gateway.acknowledges`, `gateway.heartbeat_ms`.
Limits: sizes and rules are always enforced, with Discord's error shapes. Rate limits are wide
until `rates.limit(route, calls, seconds)` or `rates.limit_everywhere(50)`; `rates.invalid`,
`rates.ban_after`.

As in the real one, a nonce is told by the create call's answer and by MESSAGE_CREATE, but is not
stored: no later GET and no MESSAGE_UPDATE has it. A look-up needs another mark.
Interactions must be answered within 3 s of the fake's clock, their token lives 15 min of it; rate
limits run in real seconds. Ids are snowflakes of the clock, as strings.
"""

from tests.fakes.discord_server import rights
from tests.fakes.discord_server.door import UNSERVED
from tests.fakes.discord_server.faults import (
    DROP,
    HANG,
    LATE_ERROR,
    LOST_ANSWER,
    RESET,
    error,
    too_many,
)
from tests.fakes.discord_server.gateway import HEARTBEAT, IDENTIFY, RESUME
from tests.fakes.discord_server.person import File, Person
from tests.fakes.discord_server.places import Channel, Message
from tests.fakes.discord_server.seen import Seen
from tests.fakes.discord_server.server import FakeDiscord
from tests.fakes.discord_server.typed import CannotSend

__all__ = [
    "DROP",
    "HANG",
    "HEARTBEAT",
    "IDENTIFY",
    "LATE_ERROR",
    "LOST_ANSWER",
    "RESET",
    "RESUME",
    "UNSERVED",
    "CannotSend",
    "Channel",
    "FakeDiscord",
    "File",
    "Message",
    "Person",
    "Seen",
    "error",
    "rights",
    "too_many",
]
