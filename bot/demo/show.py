"""Showing the demonstration: live with the console, or the scripted story without a screen."""

from __future__ import annotations

import json

import typer
from rich.console import Console

from bot.demo.live import arrive
from bot.demo.stage import Stage, open_stage
from bot.demo.story import Story, StoryFailed
from bot.operate.serving import told_to_stop
from bot.tasks import spawn, stop


async def show(out: Console, http: str, smtp: str) -> None:
    """Run the live demonstration until Ctrl-C."""
    told = told_to_stop()
    async with open_stage(http, smtp) as stage:
        _welcome(out, stage)
        arrivals = spawn(arrive(stage), "demo:arrivals")
        await told.wait()
        await stop(arrivals)


async def play(out: Console, *, as_json: bool) -> bool:
    """Play the story on free ports; whether every step came true."""
    async with open_stage("127.0.0.1:0", "127.0.0.1:0") as stage:
        try:
            async for told in Story(stage).play():
                if as_json:
                    line = {"step": told.step, "seconds": told.seconds, "facts": told.facts}
                    typer.echo(json.dumps(line))
                else:
                    out.print(f" ✓ {told.step}  ({told.seconds:.2f} s)", highlight=False)
        except StoryFailed as failure:
            if as_json:
                typer.echo(json.dumps({"story": "failed", "why": str(failure)}))
            else:
                out.print(f" ✗ {failure}", highlight=False)
            return False
    if as_json:
        typer.echo(json.dumps({"story": "passed"}))
    return True


def _welcome(out: Console, stage: Stage) -> None:
    app = stage.app
    out.print(f"Deskhand demo → {stage.console_url}", soft_wrap=True, highlight=False)
    out.print(f"  mail    {app.smtp_address}  (support@shop.example)", highlight=False)
    out.print(f"  alerts  POST http://{app.http_address}{stage.alert_path}", highlight=False)
    out.print(
        "  Sample data in a temporary folder; nothing leaves this machine. Ctrl-C ends.",
        highlight=False,
    )
