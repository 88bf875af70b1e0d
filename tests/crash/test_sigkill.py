"""The real process, killed at random under mixed load: nothing accepted is lost, nothing is posted
twice, and what people say in Slack stays in order.
"""

from __future__ import annotations

import os
import random
import sys
from pathlib import Path

import pytest

from tests.crash.campaign import campaign
from tests.crash.judge import complaints

KILLS = int(os.environ.get("DESKHAND_KILLS", "50"))


@pytest.mark.crash
async def test_kills_lose_nothing(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    seed = int(os.environ.get("DESKHAND_SEED", "0")) or random.randrange(1, 10**6)
    async with campaign(tmp_path, seed) as running:
        await running.kill(KILLS, random.Random(seed))
        outcome = await running.rest()
    accepted, record = running.load.accepted, outcome.record
    with capsys.disabled():
        sys.stdout.write(
            f"\nseed {seed}: {KILLS} kills, accepted {accepted.counts()};"
            f" {len(record.calls)} calls of Slack, {record.faults} faults,"
            f" {record.given_up} events given up, {len(outcome.greeted)} mails sent\n"
        )
    assert min(accepted.counts().values()) > 0
    assert complaints(outcome, accepted) == [], f"seed {seed}"
