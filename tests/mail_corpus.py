"""Reads a folder of mails from elsewhere and says how well: `python -m tests.mail_corpus FOLDER`.

Every file that looks like a mail is read, of an mbox the first. Of some the fresh words are known:

- `emails/NAME` beside `trimmed/NAME`;
- `NAME.eml` beside `NAME_reply_text` or `NAME.expected.txt`;
- `NAME.html` beside `NAME.expected.txt`.

The mails are nobody's but their owners': they stay where they are.
"""

from __future__ import annotations

import sys
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from adapters.mail.content.html_text import html_to_text
from adapters.mail.content.reply_text import fresh_text
from adapters.mail.reader import read_mail

MAX_BYTES: Final = 50_000_000
SUFFIXES: Final = {".eml", ".txt", ".msg", ".mbox", ".mime", ""}
SLOWEST: Final = 3


@dataclass(slots=True)
class Figures:
    """What was found out about the folder."""

    read: int = 0
    octets: int = 0
    failed: list[str] = field(default_factory=list)
    times: list[tuple[float, str]] = field(default_factory=list)
    machines: int = 0
    bounces: int = 0
    doubts: int = 0
    replies: int = 0
    exact: int = 0
    words: int = 0
    lost: int = 0
    wrong: list[str] = field(default_factory=list)


def main(folder: Path, *, show: bool) -> int:
    """Read all and print the figures; 1 when a file could not be read."""
    figures = Figures()
    for path in sorted(folder.rglob("*")):
        if path.is_file() and path.stat().st_size <= MAX_BYTES:
            _look_at(path, folder, figures)
    _print(figures, show=show)
    return 1 if figures.failed or not figures.read + figures.replies else 0


def _look_at(path: Path, folder: Path, figures: Figures) -> None:
    expected = next(_expectations(path), None)
    raw = path.read_bytes()
    if path.suffix.lower() in SUFFIXES and _is_mail(raw):
        _read(path, folder, raw, figures)
    if expected is not None:
        _compare(str(path.relative_to(folder)), _fresh(path, raw), expected, figures)


def _is_mail(raw: bytes) -> bool:
    head = raw[:2000].lower()
    return b"\nfrom:" in b"\n" + head or b"\nreceived:" in b"\n" + head


def _read(path: Path, folder: Path, raw: bytes, figures: Figures) -> None:
    began = time.process_time()
    try:
        found = read_mail(raw)
        for text in (found.text, found.fresh_text, found.subject, str(found.sender)):
            text.encode()
    except Exception as error:  # noqa: BLE001 - that none is raised is what is measured
        figures.failed.append(f"{path.relative_to(folder)}: {type(error).__name__}: {error}")
        return
    figures.times.append((time.process_time() - began, str(path.relative_to(folder))))
    figures.read += 1
    figures.octets += len(raw)
    figures.machines += bool(found.automatic)
    figures.bounces += found.bounce is not None
    figures.doubts += found.sender is None


def _expectations(path: Path) -> Iterator[str]:
    beside = (
        path.parent.parent / "trimmed" / path.name if path.parent.name == "emails" else None,
        path.with_name(f"{path.stem}_reply_text"),
        path.with_name(f"{path.stem}.expected.txt"),
    )
    if path.name.endswith((".expected.txt", "_reply_text")):
        return
    for known in filter(None, beside):
        if known.is_file():
            yield known.read_text("utf-8", "replace")


def _fresh(path: Path, raw: bytes) -> str:
    text = raw.decode("utf-8", "replace").replace("\r\n", "\n")
    if path.suffix == ".html":
        return fresh_text(html_to_text(text), text)
    return read_mail(raw).fresh_text if path.suffix == ".eml" else fresh_text(text)


def _compare(name: str, found: str, expected: str, figures: Figures) -> None:
    wanted = Counter(expected.split())
    figures.replies += 1
    figures.words += wanted.total()
    figures.lost += (wanted - Counter(found.split())).total()
    if found.split() == expected.split():
        figures.exact += 1
    else:
        figures.wrong.append(name)


def _print(figures: Figures, *, show: bool) -> None:
    seconds = sum(taken for taken, _ in figures.times)
    say = [
        f"{figures.read} mails of {figures.octets / 1e6:.1f} MB in {seconds:.1f} s of CPU",
        f"{len(figures.failed)} could not be read",
        f"{figures.machines} by machines, {figures.bounces} of them reports about mail of ours",
        f"{figures.doubts} with a sender in doubt",
    ]
    slowest = sorted(figures.times, reverse=True)[:SLOWEST]
    say += [f"slow: {taken * 1000:.0f} ms {name}" for taken, name in slowest]
    if figures.replies:
        share = 100 * figures.exact / figures.replies
        lost = 100 * figures.lost / max(1, figures.words)
        known = f"{figures.exact} of {figures.replies} replies exact ({share:.1f} %)"
        say.append(f"{known}, {lost:.1f} % of their words hidden")
    say += [f"failed: {name}" for name in figures.failed]
    say += [f"not exact: {name}" for name in figures.wrong if show]
    sys.stdout.write("\n".join(say) + "\n")


if __name__ == "__main__":
    arguments = [a for a in sys.argv[1:] if a != "--show"]
    if len(arguments) != 1 or not Path(arguments[0]).is_dir():
        sys.exit("usage: python -m tests.mail_corpus FOLDER [--show]")
    sys.exit(main(Path(arguments[0]), show="--show" in sys.argv))
