"""Bytes to text whatever the label says: decoding never fails, and loads no codec by surprise."""

from __future__ import annotations

import codecs
from collections.abc import Iterator
from contextlib import suppress

_SAMPLE = 65536
_SURE_ENOUGH = 0.2

# Labels that are used for their supersets; without them a curly quote or a newer character is lost.
_SUPERSETS = {
    "ascii": "cp1252",
    "iso8859-1": "cp1252",
    "iso8859-9": "cp1254",
    "tis-620": "cp874",
    "gb2312": "gb18030",
    "gbk": "gb18030",
    "euc_kr": "cp949",
    "shift_jis": "cp932",
    "iso2022_jp": "iso2022_jp_ext",
}
_OTHER_NAMES = {
    "ks_c_5601-1987": "cp949",
    "windows-874": "cp874",
    "x-sjis": "cp932",
    "x-gbk": "gb18030",
    "x-euc-jp": "euc_jp",
    "x-mac-roman": "mac_roman",
    "iso-8859-8-i": "iso8859-8",
    "iso-8859-8-e": "iso8859-8",
    "unicode-1-1-utf-7": "utf-7",
    "utf8mb4": "utf-8",
}
# Text codecs by name that are not character sets of mail.
_FOREIGN = {
    "idna", "punycode", "unicode-escape", "unicode_escape", "raw-unicode-escape",
    "raw_unicode_escape", "undefined", "mbcs", "oem",
}  # fmt: skip
# In these, plain ASCII bytes may stand for other characters.
_SHIFTING = ("utf-7", "utf-16", "utf-32", "hz", "iso2022")


def decode(raw: bytes, declared: str = "", *, guess: bool = True) -> str:
    """The text: by escape sequences, the declared label, UTF-8, a guess; at last with U+FFFD.

    Without `guess` it takes microseconds, and loads nothing.
    """
    codec = _codec(declared)
    if raw.isascii() and b"\x1b" not in raw and not codec.startswith(_SHIFTING):
        return raw.decode("ascii")
    for candidate in _candidates(raw, codec, guess=guess):
        try:
            return raw.decode(candidate)
        except (UnicodeError, ValueError):
            continue
    return raw.decode("cp1252", "replace")


def _candidates(raw: bytes, codec: str, *, guess: bool) -> Iterator[str]:
    if b"\x1b$" in raw or b"\x1b(" in raw:
        yield "iso2022_kr" if b"\x1b$)C" in raw else "iso2022_jp_ext"
    if codec == "cp1252":
        # A western label on bytes that are sound UTF-8 is a wrong label: the reverse is very rare.
        yield "utf-8"
    if codec:
        yield codec
    yield "utf-8"
    if guess and (likely := _likely(raw)):
        yield likely


def _codec(label: str) -> str:
    """Python's name of the declared character set, or of its superset; empty when there is none."""
    wanted = label.strip(" \t\"'").lower()
    wanted = _OTHER_NAMES.get(wanted, wanted)
    if not wanted or len(wanted) > 40 or not wanted.isascii() or "\x00" in wanted:
        return ""
    try:
        name = codecs.lookup(wanted).name
        with suppress(UnicodeError):
            b" ".decode(name)  # a codec of bytes (hex, zlib) is refused here
    except LookupError:
        return ""
    return "" if name in _FOREIGN else _SUPERSETS.get(name, name)


def _likely(raw: bytes) -> str:
    # Loaded on need: its models take 30 MB, and few mails are without a usable label.
    import chardet

    found = chardet.detect(raw[:_SAMPLE])
    name, confidence = found["encoding"], found["confidence"]
    return _codec(name) if name and confidence >= _SURE_ENOUGH else ""
