"""Socket Mode: two connections that come anew whenever they go; nobody waits for them."""

from __future__ import annotations

from bot.commands.call import Reply
from bot.tasks import spawn
from tests.adapters.slack.front import FORM, front
from tests.fakes.slack import APP_TOKEN, saying


async def test_two_connections_listen() -> None:
    async with front() as there:
        await there.until(lambda: there.slack.state == "2 of 2 connections")


async def test_a_connection_that_slack_renews_comes_anew() -> None:
    async with front() as there:
        await there.fake.sockets.warn()
        await there.fake.sockets.refresh()
        await there.fake.until(lambda: there.fake.sockets.opened == 4)
        assert (await (await there.claims()).answer()).text == "Done."


async def test_what_came_while_nobody_listened_comes_later() -> None:
    async with front() as there:
        card = await there.card()
        there.fake.sockets.down = True
        there.fake.sockets.drop()
        await there.fake.says("ana", "desk", "meanwhile", thread_ts=card.ts)
        assert there.core.talks == []
        there.fake.sockets.down = False
        await there.fake.until(lambda: there.fake.sockets.count == 2)
        await there.fake.events.settled()
        assert [talk.text for talk in there.core.talks] == ["meanwhile"]


async def test_when_slack_is_away_it_says_so_and_the_start_does_not_wait() -> None:
    async with front(up=False) as there:
        await there.fake.goes_down()
        await there.until(lambda: "away since 2026-11-21 09:00 UTC" in there.slack.state)
        there.fake.comes_back()
        await there.until(lambda: there.slack.state == "2 of 2 connections")


async def test_a_refused_token_is_told_once_and_tried_again_later() -> None:
    async with front(up=False, app_token="xapp-old") as there:
        await there.fake.until(lambda: len(there.fake.calls("apps.connections.open")) >= 4)
        assert list(there.around.told) == ["slack:refused"]
        assert "app_token" in there.around.told["slack:refused"]
        assert "app-level token is refused" in there.slack.state
        there.fake.api.app_token = "xapp-old"
        await there.until(lambda: there.slack.state == "2 of 2 connections")


async def test_a_revoked_bot_token_is_told_and_the_connections_stay() -> None:
    async with front() as there:
        await there.fake.revokes_token()
        assert there.around.told == {"slack:refused": "🔴 Slack has revoked our token"}
        assert there.fake.sockets.count == 2
        await there.until(lambda: "token_revoked" in there.slack.state)
        there.fake.restores_token()
        await there.until(lambda: there.slack.state == "2 of 2 connections")


async def test_a_token_that_is_refused_without_a_word_is_noticed() -> None:
    async with front(watch=0.02) as there:
        await there.fake.revokes_token(told=False)
        await there.until(lambda: there.around.told)
        assert "token_revoked" in there.around.told["slack:refused"]


async def test_a_database_that_is_away_too_ends_no_watch() -> None:
    async with front(up=False, app_token="xapp-old") as there:
        there.around.away = True
        await there.fake.until(lambda: len(there.fake.calls("apps.connections.open")) >= 6)
        there.around.away = False
        await there.until(lambda: there.around.told)


async def test_our_own_account_is_asked_for_until_it_is_known() -> None:
    async with front(up=False) as there:
        there.fake.faults.then("auth.test", saying("fatal_error"), times=2)
        await there.fake.until(lambda: len(there.fake.calls("auth.test")) >= 1)
        await there.until(lambda: there.slack.state == "2 of 2 connections")


async def test_the_app_token_does_nothing_but_connect() -> None:
    async with front() as there:
        await (await there.claims()).answer()
        by_app = [call.method for call in there.fake.calls() if call.token == APP_TOKEN]
        assert by_app == ["apps.connections.open"] * 2


async def test_pings_are_answered() -> None:
    async with front() as there:
        await there.fake.sockets.ping()
        await there.fake.until(lambda: there.fake.sockets.pongs == 2)


async def test_a_connection_is_renewed_after_its_lifetime() -> None:
    async with front(lifetime=0.05) as there:
        await there.fake.until(lambda: there.fake.sockets.opened >= 4)
        assert there.around.told == {}


async def test_a_connection_that_answers_no_ping_is_given_up() -> None:
    async with front(heartbeat=0.1) as there:
        there.fake.sockets.mute = True
        await there.fake.until(lambda: there.fake.sockets.opened >= 4)
        there.fake.sockets.mute = False
        await there.until(lambda: there.slack.state == "2 of 2 connections")


async def test_a_form_on_its_way_is_answered_before_its_connection_ends() -> None:
    async with front(lifetime=0.1, form=30.0) as there:
        there.fake.sockets.patience = 30.0
        there.core.replies = [Reply(form=FORM)]
        form = await (await there.fake.presses("ana", await there.card(), "Note")).view()
        there.core.may_go.clear()
        payloads: list[object] = []

        async def send() -> None:
            payloads.append((await there.fake.submits(form, text="a note")).payload)

        sending, opened = spawn(send(), "form"), there.fake.sockets.opened
        await there.fake.until(lambda: there.fake.sockets.opened > opened + 2)
        there.core.may_go.set()
        await sending
        assert payloads == [{"response_action": "clear"}]
