"""Dovecot with one mailbox, on a port of its own."""

from __future__ import annotations

import asyncio
import grp
import imaplib
import os
import pwd
import shutil
import subprocess
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from tests.servers.ports import PATIENCE, answers, free_port

T = TypeVar("T")

USER, PASSWORD = "support", "correct-horse"
_CONFIG = """
base_dir = {root}/run
state_dir = {root}/state
log_path = {root}/log
protocols = imap
listen = 127.0.0.1
ssl = no
disable_plaintext_auth = no
mail_location = maildir:{root}/mail
default_internal_user = {user}
default_internal_group = {group}
default_login_user = {user}
passdb {{
  driver = static
  args = password={password}
}}
userdb {{
  driver = static
  args = uid={user} gid={group} home={root}/mail
}}
service anvil {{
  chroot =
}}
service imap-login {{
  chroot =
  inet_listener imap {{
    port = {port}
  }}
  inet_listener imaps {{
    port = 0
  }}
}}
"""


def installed() -> bool:
    """Whether a Dovecot is there whose configuration is written as ours is (2.4 has another)."""
    program = _program()
    if program is None:
        return False
    version = subprocess.run([program, "--version"], capture_output=True, text=True, check=False)
    return version.stdout.startswith("2.3.")


def _program() -> str | None:
    return shutil.which("dovecot", path=f"{os.environ.get('PATH', '')}:/usr/sbin")


@dataclass(frozen=True)
class Dovecot:
    """The running server."""

    port: int

    async def append(self, raw: bytes) -> None:
        """Put a message into the inbox, as a delivery would."""
        await asyncio.to_thread(self._each, lambda box: box.append("INBOX", "", "", raw))

    async def unseen(self) -> int:
        """How many messages are not marked as read."""
        found = await asyncio.to_thread(self._each, lambda box: box.search(None, "UNSEEN"))
        return len(found[1][0].split())

    def _each(self, act: Callable[[imaplib.IMAP4], T]) -> T:
        with imaplib.IMAP4("127.0.0.1", self.port) as box:
            box.login(USER, PASSWORD)
            box.select("INBOX")
            return act(box)


@asynccontextmanager
async def dovecot(root: Path) -> AsyncIterator[Dovecot]:
    """Run it in the folder until the block ends."""
    program, port = _program(), free_port()
    assert program is not None
    account = pwd.getpwnam("nobody") if os.getuid() == 0 else pwd.getpwuid(os.getuid())
    names = {"user": account.pw_name, "group": grp.getgrgid(account.pw_gid).gr_name}
    config = root / "dovecot.conf"
    config.write_text(_CONFIG.format(root=root, port=port, password=PASSWORD, **names))
    (root / "mail").mkdir()
    os.chown(root / "mail", account.pw_uid, account.pw_gid)
    running = await asyncio.create_subprocess_exec(program, "-F", "-c", config)
    try:
        await answers(port)
        yield Dovecot(port)
    finally:
        running.terminate()
        await asyncio.wait_for(running.wait(), PATIENCE)
