"""The live demonstration: mails and alerts arrive by themselves, a visitor does the rest."""

from __future__ import annotations

import asyncio

from bot.demo.stage import Stage
from bot.demo.world import MAILS


async def arrive(stage: Stage) -> None:
    """Bring the sample mails and an alert, some seconds apart, as they would come on a
    working day.
    """
    for seconds, mail in zip((0.5, 4, 12), MAILS, strict=True):
        await asyncio.sleep(seconds)
        await stage.outside.send(mail)
    await asyncio.sleep(15)
    await stage.outside.storm(12)
