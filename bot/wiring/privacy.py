"""Erasures put together: the job, the database's files, and the console's own channels."""

from __future__ import annotations

from collections.abc import Callable

from adapters.console.surface import ConsoleSurface
from adapters.pager.chat import ChatPager
from bot.services.core import Core
from bot.services.delivery.delivering import Delivering
from bot.services.privacy.erasing import Erasing
from bot.wiring.mail import NoSmarthost
from storage.database import Database
from storage.privacy.compacting import SqlCompacting
from storage.records.feed import SqlFeed


def erasing(core: Core, database: Database, wake: Callable[[], None] = lambda: None) -> Erasing:
    """The erasures of this database; `wake` tells those who look at the console."""
    console = ConsoleSurface(SqlFeed(database), core.clock, wake)
    pager = ChatPager(console, core.directory.people)
    at_home = Delivering(core, {console.name: console}, NoSmarthost(), {pager.contact: pager})
    return Erasing(core, SqlCompacting(database), at_home.carry)
