"""Small facts that outlive a run."""

from __future__ import annotations

from storage.database import Database
from tests.contract.work import MINUTE, NOW, store_on


async def test_a_fact_is_what_was_put_last(database: Database) -> None:
    store = store_on(database)
    async with store.work() as work:
        assert await work.facts.get("imap:a") == ""
        await work.facts.put("imap:a", "1", NOW)
        await work.facts.put("imap:a", "2\0 Grüße", NOW + MINUTE)
    async with store.read() as work:
        assert await work.facts.get("imap:a") == "2 Grüße"


async def test_a_fact_is_forgotten_once(database: Database) -> None:
    async with store_on(database).work() as work:
        await work.facts.put("stop:a", "x", NOW)
        assert await work.facts.drop("stop:a")
        assert not await work.facts.drop("stop:a")
        assert await work.facts.get("stop:a") == ""


async def test_several_facts_are_told_at_once(database: Database) -> None:
    async with store_on(database).work() as work:
        await work.facts.put("mails:ana", "mine", NOW)
        await work.facts.put("mails:ben", "off", NOW)
        found = await work.facts.known(["mails:ben", "mails:zoe", "mails:ana"])
        assert found == {"mails:ana": "mine", "mails:ben": "off"}
        assert await work.facts.known([]) == {}


async def test_facts_of_a_kind_come_in_the_order_of_their_names(database: Database) -> None:
    async with store_on(database).work() as work:
        for name in ("stop:b", "stop:a", "stop%", "verify:a", "Stop:c"):
            await work.facts.put(name, name, NOW)
        assert list(await work.facts.starting("stop:")) == ["stop:a", "stop:b"]
        assert list(await work.facts.starting("stop:", limit=1)) == ["stop:a"]
