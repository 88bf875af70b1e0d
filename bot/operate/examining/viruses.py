"""What `deskhand doctor` tries of the virus scanner: whether it answers, finds, takes all mail."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Final

from adapters.mail.clamd import Clamd
from bot.clock import SystemClock
from bot.config.tables.mail import MailIntake
from bot.errors import PermanentError, TemporaryError
from bot.operate.examining.findings import Finding, Mark
from bot.wiring.mail import clamd

STALE: Final = timedelta(days=7)

# The test virus of the EICAR, in pieces: whole, it would be found in this very file.
_EICAR: Final = ("X5O!P%@AP[4", "\\PZX54(P^)", "7CC)7}$EIC", "AR-STANDARD-ANTI", "VIRUS-TEST-FI")
_EICAR_END: Final = ("LE!", "$H+H*")
_DATED: Final = re.compile(r"/([A-Z][a-z]{2} [A-Z][a-z]{2} +\d+ [\d:]{8} \d{4})$")


def eicar() -> bytes:
    """The harmless file that every scanner knows as a virus."""
    return "".join((*_EICAR, *_EICAR_END)).encode()


async def examine_scanner(intake: MailIntake) -> AsyncIterator[Finding]:
    """What the scanner says; nothing where none is configured."""
    scanner = clamd(intake)
    if scanner is None:
        return
    try:
        yield _version(await scanner.version())
        yield await _finds(scanner)
        yield await _takes(scanner, intake.max_message_bytes)
    except TemporaryError as error:
        waits = "waits" if intake.antivirus_required else "passes with a warning"
        fix = f"Start clamd, or mend [mail.intake] antivirus; meanwhile mail {waits}."
        yield _finding(Mark.WRONG, error.words, fix)


def _version(words: str) -> Finding:
    """`ClamAV 1.4.1/27460/Sat Nov 21 09:30:00 2026`: the program, its signatures, and their day."""
    dated = _DATED.search(words)
    if dated is None:
        return _finding(Mark.CARE, f"{words}: it names no signatures", "Run freshclam.")
    made = datetime.strptime(dated[1], "%a %b %d %H:%M:%S %Y").replace(tzinfo=UTC)
    if SystemClock().now() - made > STALE:
        return _finding(Mark.CARE, f"{words}: its signatures are old", "Let freshclam run.")
    return _finding(Mark.FINE, words)


async def _finds(scanner: Clamd) -> Finding:
    if found := await scanner.scan(eicar()):
        return _finding(Mark.FINE, f"finds the test virus ({found})")
    return _finding(Mark.WRONG, "does not find the test virus", "Run freshclam, restart clamd.")


async def _takes(scanner: Clamd, size: int) -> Finding:
    try:
        await scanner.scan(bytes(size))
    except PermanentError:
        return _finding(
            Mark.WRONG,
            f"does not take a mail of {size} bytes; such mail would be quarantined",
            f"Set StreamMaxLength, MaxScanSize and MaxFileSize in clamd.conf to {size} or more.",
        )
    return _finding(Mark.FINE, f"takes mails of up to {size} bytes")


def _finding(mark: Mark, words: str, fix: str = "") -> Finding:
    return Finding(mark=mark, part="antivirus", words=words, fix=fix)
