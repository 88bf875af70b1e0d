"""Drivers for stories that are told alike on every platform: one `Window` each for the console,
Slack and Discord, and the `Town` that looks out of one or of all of them.

    async with open_town(directory, SlackWindow()) as town:
        await town.mail()
        seen = await town.windows[0].presses("ana", await town.windows[0].card("SUP-1"), "Claim")
        assert "SUP-1 is yours" in seen.words
"""

from tests.scenario.platforms.console import ConsoleWindow
from tests.scenario.platforms.discord import DiscordWindow
from tests.scenario.platforms.slack import SlackWindow
from tests.scenario.platforms.town import Town, open_town
from tests.scenario.platforms.window import Chat, Picture, Said, Seen, Window

__all__ = [
    "Chat",
    "ConsoleWindow",
    "DiscordWindow",
    "Picture",
    "Said",
    "Seen",
    "SlackWindow",
    "Town",
    "Window",
    "open_town",
]
