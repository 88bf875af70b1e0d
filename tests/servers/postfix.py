"""Postfix as it stands before a desk and behind it, on a port of its own; only root can run it."""

from __future__ import annotations

import asyncio
import os
import shutil
import subprocess
import tempfile
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path

from tests.servers.ports import answers, free_port

_MAIN = """
compatibility_level = 3.6
queue_directory = {root}/queue
data_directory = {root}/data
maillog_file = {root}/log
maillog_file_prefixes = {root}
mail_owner = postfix
setgid_group = postdrop
myhostname = mx.shop.example
mydestination =
alias_maps =
local_recipient_maps =
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
mynetworks = 127.0.0.0/8
recipient_delimiter = +
smtp_dns_support_level = disabled
relay_domains = {domains}
transport_maps = inline:{{ {transports} }}
"""
_MASTER = """
127.0.0.1:{port} inet n - n - - smtpd
pickup unix n - n 60 1 pickup
cleanup unix n - n - 0 cleanup
qmgr unix n - n 300 1 qmgr
rewrite unix - - n - - trivial-rewrite
bounce unix - - n - 0 bounce
defer unix - - n - 0 bounce
trace unix - - n - 0 bounce
verify unix - - n - 1 verify
flush unix n - n 1000? 0 flush
proxymap unix - - n - - proxymap
smtp unix - - n - - smtp
relay unix - - n - - smtp
error unix - - n - - error
retry unix - - n - - error
anvil unix - - n - 1 anvil
scache unix - - n - 1 scache
postlog unix-dgram n - n - 1 postlogd
"""


def installed() -> bool:
    """Whether Postfix is there and may be run."""
    return os.getuid() == 0 and _program() is not None


def _program() -> str | None:
    return shutil.which("postfix", path=f"{os.environ.get('PATH', '')}:/usr/sbin")


@asynccontextmanager
async def postfix(transports: Mapping[str, int]) -> AsyncIterator[int]:
    """Run it until the block ends; mail for each domain goes to its port. Yields its own port."""
    program, port = _program(), free_port()
    assert program is not None
    # Its processes are not root, and must reach their files.
    with tempfile.TemporaryDirectory() as name:
        root = Path(name)
        root.chmod(0o755)
        (root / "queue").mkdir()
        (root / "data").mkdir()
        shutil.chown(root / "data", "postfix")
        ways = ", ".join(f"{{ {at} = smtp:[127.0.0.1]:{to} }}" for at, to in transports.items())
        (root / "main.cf").write_text(
            _MAIN.format(root=root, domains=", ".join(transports), transports=ways)
        )
        (root / "master.cf").write_text(_MASTER.format(port=port))
        await _run(program, root, "start")
        try:
            await answers(port)
            yield port
        finally:
            await _run(program, root, "stop")


async def _run(program: str, root: Path, word: str) -> None:
    command = [program, "-c", str(root), word]
    done = await asyncio.to_thread(subprocess.run, command, capture_output=True, check=False)
    assert done.returncode == 0, done.stderr.decode()
