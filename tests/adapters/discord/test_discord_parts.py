"""The small parts: the breaker, lanes, patience, what a message says, how a command is read."""

from __future__ import annotations

from datetime import timedelta

import pytest

from adapters.discord.api.breaker import BROKEN_FOR, ENOUGH, REFUSED_FOR, WINDOW, Breaker
from adapters.discord.api.faults import refused
from adapters.discord.api.patience import patiently
from adapters.discord.api.routes import answer_route, route
from adapters.discord.events.lanes import Lanes
from adapters.discord.gestures.talk import read_said, words_of
from bot.errors import GONE, Fault, PermanentError, TemporaryError
from tests.adapters.discord.conftest import Setting
from tests.adapters.discord.rig import Bench
from tests.adapters.discord.test_discord_surface import POST, card
from tests.fakes.discord_server import too_many

SEND = route("POST", "/channels/{channel}/messages", channel="7")
EDIT = route("PATCH", "/channels/{channel}/messages/{message}", channel="7", message="8")
ANSWER = answer_route("POST", "/interactions/{id}/{token}/callback", id="1", token="t")


class Hands:
    """A clock moved by hand."""

    now = 1000.0

    def __call__(self) -> float:
        return self.now


# ------------------------------------------------------------ refusals


@pytest.mark.parametrize(
    ("status", "code", "fault", "told"),
    [
        (404, 10003, Fault.DESTINATION, GONE),
        (404, 10008, Fault.DESTINATION, GONE),
        (403, 50001, Fault.DESTINATION, "50001"),
        (403, 50007, Fault.DESTINATION, "50007"),
        (403, 99999, Fault.DESTINATION, "99999"),
        (400, 160006, Fault.DESTINATION, "160006"),
        (404, 10087, Fault.PAYLOAD, "10087"),
        (400, 50035, Fault.PAYLOAD, "50035"),
        (413, 40005, Fault.PAYLOAD, "40005"),
        (401, 0, Fault.CREDENTIAL, "401"),
    ],
)
def test_what_stays_refused(status: int, code: int, fault: Fault, told: str) -> None:
    error = refused(SEND, status, {"code": code, "message": "no"})
    assert isinstance(error, PermanentError)
    assert (error.fault, error.code) == (fault, told)


@pytest.mark.parametrize(
    ("status", "code", "ambiguous"),
    [(429, 0, False), (500, 0, True), (403, 20027, False), (429, 30046, False)],
)
def test_what_may_be_taken_later(status: int, code: int, ambiguous: bool) -> None:
    error = refused(SEND, status, {"code": code}, timedelta(seconds=3))
    assert isinstance(error, TemporaryError)
    assert error.retry_after == timedelta(seconds=3)
    assert error.ambiguous is ambiguous


def test_an_edit_that_failed_is_no_riddle() -> None:
    error = refused(EDIT, 502, None)
    assert isinstance(error, TemporaryError)
    assert not error.ambiguous


def test_a_refusal_names_the_places_and_never_our_words() -> None:
    errors = {"components": {"0": {"_errors": [{"code": "TOO_LONG", "message": "secret words"}]}}}
    error = refused(SEND, 400, {"code": 50035, "message": "Invalid Form Body", "errors": errors})
    assert error.words.endswith("Invalid Form Body (50035; components.0: TOO_LONG)")


# ------------------------------------------------------------ the breaker


def test_the_way_closes_long_before_a_ban() -> None:
    now = Hands()
    breaker = Breaker(now)
    for _ in range(ENOUGH):
        breaker.note(SEND, 403)
    with pytest.raises(TemporaryError, match="refused too much"):
        breaker.check(EDIT)
    assert breaker.trouble
    now.now += WINDOW + 1
    breaker.check(EDIT)
    assert not breaker.trouble


def test_limits_that_others_share_are_not_our_fault() -> None:
    breaker = Breaker(Hands())
    for _ in range(ENOUGH):
        breaker.note(SEND, 429, shared=True)
    breaker.check(SEND)


def test_a_channel_without_rights_is_tried_again_later() -> None:
    now = Hands()
    breaker = Breaker(now)
    breaker.broke(SEND, PermanentError("no", fault=Fault.DESTINATION, code="50013"))
    with pytest.raises(PermanentError):
        breaker.check(SEND)
    breaker.check(EDIT)
    now.now += BROKEN_FOR + 1
    breaker.check(SEND)


def test_a_refused_token_is_tried_again_later_and_answers_need_none() -> None:
    now = Hands()
    breaker = Breaker(now)
    breaker.note(ANSWER, 401)
    breaker.check(SEND)
    breaker.note(SEND, 401)
    assert breaker.trouble == "the token is refused"
    now.now += REFUSED_FOR + 1
    breaker.check(SEND)


async def test_a_limit_for_everything_stops_everything(stage: Bench) -> None:
    stage.discord.faults.next(POST, too_many(30.0, everywhere=True))
    with pytest.raises(TemporaryError):
        await stage.surface.post(stage.inside(""), card(), "k1")
    with pytest.raises(TemporaryError) as caught:
        await stage.surface.direct(stage.ana.id, card(), "k2")
    assert caught.value.retry_after is not None
    assert caught.value.retry_after.total_seconds() > 25
    assert len(stage.discord.called("POST /users/@me/channels")) == 0


# ------------------------------------------------------------ order and patience


async def test_a_lane_keeps_its_order_and_outlives_a_failure() -> None:
    lanes, done = Lanes(), list[str]()

    async def fails() -> None:
        raise KeyError("broken")

    async def notes() -> None:
        done.append("after")

    assert lanes.put("a", fails)
    assert lanes.put("a", notes)
    await lanes.idle()
    assert done == ["after"]


async def test_what_comes_once_is_tried_a_few_times() -> None:
    tries = iter([TemporaryError("away", retry_after=timedelta(0)), None])

    async def attempt() -> str:
        if (error := next(tries)) is not None:
            raise error
        return "done"

    assert await patiently(attempt) == "done"


async def test_many_messages_deleted_at_once_are_all_struck_through(setting: Setting) -> None:
    desk, people = setting
    await desk.mail()
    thread = await desk.post_of()
    said = [await people["ana"].says(thread, words) for words in ("one", "two")]
    await desk.quiet()
    body = {"channel_id": thread.id, "guild_id": thread.guild_id, "ids": [one.id for one in said]}
    await desk.discord.gateway.emit("MESSAGE_DELETE_BULK", body, 1 << 9)
    await desk.quiet()
    assert all(note.withdrawn_at for note in (await desk.messages())[1:])


async def test_a_reply_deleted_in_time_is_taken_back_and_told(setting: Setting) -> None:
    desk, people = setting
    await desk.mail()
    said = await people["ana"].says(await desk.post_of(), "!reply We are on it.")
    await desk.quiet()
    await people["ana"].deletes(said)
    await desk.quiet()
    await desk.after(seconds=30)
    assert not desk.mails()


# ------------------------------------------------------------ what a message says


@pytest.mark.parametrize(
    "strange",
    [{"author": {"id": "1", "bot": True}}, {"webhook_id": "5"}, {"type": 18}],
    ids=["bot", "webhook", "system"],
)
def test_only_people_say_something(strange: dict[str, object]) -> None:
    body = {"id": "9", "channel_id": "7", "author": {"id": "1"}, "content": "hello", **strange}
    assert read_said(body, "42") is None


def test_a_mention_in_the_middle_is_no_address() -> None:
    body = {"id": "9", "channel_id": "7", "author": {"id": "1"}}
    said = read_said({**body, "content": "ask <@42> to <:wave:5>"}, "42")
    assert said is not None
    assert (said.addressed, said.text) == (False, "ask <@42> to :wave:")
    said = read_said({**body, "content": "<@!42> claim"}, "42")
    assert said is not None
    assert (said.addressed, said.text) == (True, "claim")


def test_a_card_is_read_without_its_markup() -> None:
    inner = [{"type": 10, "content": "### SUP\\-1 a\\_b \\* 3\n**Owner** Ana\n-# received"}]
    shown = words_of({"components": [{"type": 17, "components": inner}]})
    assert shown == "SUP-1 a_b * 3\nOwner Ana\nreceived"
