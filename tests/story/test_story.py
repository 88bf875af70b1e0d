"""The whole product's smoke test: the demonstration's story, by its own doors, on every
database.
"""

from __future__ import annotations

from bot.demo.stage import open_stage
from bot.demo.story import Story
from tests.contract.databases import ON_POSTGRES

FREE_PORT = "127.0.0.1:0"


async def test_the_story_comes_true_on_a_sqlite_file() -> None:
    async with open_stage(FREE_PORT, FREE_PORT) as stage:
        told = [step.step async for step in Story(stage).play()]
    assert told[0] == "a customer's mail becomes a ticket with a card"
    assert told[-1] == "the week in numbers"


@ON_POSTGRES
async def test_the_story_comes_true_on_postgresql(empty_url: str) -> None:
    async with open_stage(FREE_PORT, FREE_PORT, empty_url) as stage:
        told = [step.step async for step in Story(stage).play()]
    assert len(told) == len(Story.STEPS)
