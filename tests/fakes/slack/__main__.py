"""The fake as a process of its own: `python -m tests.fakes.slack --port 0 --state DIR`.

It writes addresses and tokens as one line of JSON to standard output and to `DIR/slack.json` when
it listens, and `DIR/record.json` when it is told to end by SIGTERM. `--scene FILE` is JSON:
`{"users": [{"name": "ana"}], "channels": [{"name": "support", "members": ["ana"]}]}`.
Events that nobody took come again by the wall clock.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import signal
import sys
from pathlib import Path

from bot.tasks import spawn, stop
from tests.fakes.slack.remote import Remote, state
from tests.fakes.slack.server import FakeSlack

RETRY_EVERY = 1.0


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="tests.fakes.slack")
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--state", type=Path, required=True)
    parser.add_argument("--scene", type=Path)
    parser.add_argument("--mode", choices=("socket", "http"), default="socket")
    parser.add_argument("--request-url", default="")
    parser.add_argument("--limits", action="store_true")
    return parser.parse_args()


def _set(slack: FakeSlack, scene: Path | None) -> None:
    if scene is None:
        return
    written = json.loads(scene.read_text())
    for user in written.get("users", ()):
        slack.add_user(**user)
    for channel in written.get("channels", ()):
        slack.add_channel(**channel)


def _write(path: Path, content: object) -> None:
    fresh = path.with_suffix(".new")
    fresh.write_text(json.dumps(content))
    os.replace(fresh, path)


async def _retry(slack: FakeSlack) -> None:
    while True:
        await asyncio.sleep(RETRY_EVERY)
        await slack.events.retry_due()


async def main() -> None:
    """Serve until SIGTERM or SIGINT."""
    given = _arguments()
    given.state.mkdir(parents=True, exist_ok=True)
    slack = FakeSlack(
        mode=given.mode, request_url=given.request_url, limits=given.limits, port=given.port
    )
    slack.extra_routes = Remote(slack).routes()
    _set(slack, given.scene)
    ended = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, ended.set)
    async with slack:
        address = {
            "address": slack.workspace.address,
            "api_url": slack.api_url,
            "bot_token": slack.bot_token,
            "app_token": slack.app_token,
            "signing_secret": slack.signing_secret,
        }
        _write(given.state / "slack.json", address)
        sys.stdout.write(json.dumps(address) + "\n")
        sys.stdout.flush()
        retries = spawn(_retry(slack), "retries")
        await ended.wait()
        await stop(retries)
        _write(given.state / "record.json", state(slack.record))


if __name__ == "__main__":
    asyncio.run(main())
