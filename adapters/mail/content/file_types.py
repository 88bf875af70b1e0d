"""What a file really is, by its first bytes; and whether it can run as a program."""

from __future__ import annotations

from typing import Final

OCTETS: Final = "application/octet-stream"
PROGRAM: Final = "application/x-executable"

# The bytes a file of the type begins with. What begins like a container may be many things.
_STARTS: Final = (
    (b"%PDF-", "application/pdf"),
    (b"\x89PNG\r\n\x1a\n", "image/png"),
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"GIF87a", "image/gif"),
    (b"GIF89a", "image/gif"),
    (b"MZ", PROGRAM),
    (b"\x7fELF", PROGRAM),
    (b"\xcf\xfa\xed\xfe", PROGRAM),
    (b"\xce\xfa\xed\xfe", PROGRAM),
    (b"\xca\xfe\xba\xbe", PROGRAM),
    (b"#!", PROGRAM),
    (b"L\x00\x00\x00\x01\x14\x02\x00", PROGRAM),
    (b"Rar!\x1a\x07", "application/vnd.rar"),
    (b"7z\xbc\xaf\x27\x1c", "application/x-7z-compressed"),
    (b"\x1f\x8b\x08", "application/gzip"),
    (b"{\\rtf", "application/rtf"),
)
# Types that are shown or opened by themselves somewhere: a label alone does not make a file one.
_PROVABLE: Final = frozenset({"application/pdf", "image/png", "image/jpeg", "image/gif"})
_UNTOLD: Final = frozenset({"", OCTETS, "application/binary", "application/x-download"})
_BY_NAME: Final = {
    "pdf": "application/pdf",
    "png": "image/png",
    "jpg": "image/jpeg",
    "jpeg": "image/jpeg",
    "gif": "image/gif",
}
_RUNS: Final = frozenset(
    {
        "apk", "app", "appx", "bat", "chm", "cmd", "com", "cpl", "dll", "docm", "exe", "hta", "img",
        "iso", "jar", "js", "jse", "lnk", "msi", "msp", "pif", "pptm", "ps1", "reg", "scf", "scr",
        "sh", "url", "vbe", "vbs", "vhd", "wsf", "wsh", "xlam", "xlsm", "xll",
    }
)  # fmt: skip


def true_type(declared: str, content: bytes) -> str:
    """The type the bytes prove, else the declared one; a label that they disprove is dropped."""
    found = next((kind for start, kind in _STARTS if content.startswith(start)), "")
    if content[:2] == b"MZ" and b"\0" not in content[:128]:
        found = ""  # words that begin so
    if found in _PROVABLE or (found == PROGRAM and content[:2] != b"#!"):
        return found
    if declared in _PROVABLE:
        return found or OCTETS
    return found if found and declared in _UNTOLD else declared


def danger(name: str, kind: str) -> str:
    """What to know before opening the file, in words; empty when it is nothing special."""
    stem, dot, extension = name.lower().rpartition(".")
    if dot and extension in _RUNS:
        inner = stem.rpartition(".")[2]
        posing = f" and poses as .{inner}" if inner in _BY_NAME or inner in ("doc", "txt") else ""
        return f"“{name}” can run as a program{posing}"
    if kind == PROGRAM:
        return f"“{name}” is a program under another name"
    expected = _BY_NAME.get(extension, kind) if dot else kind
    pictures = expected.startswith("image/") and kind.startswith("image/")
    if kind != expected and not pictures:
        return f"“{name}” is no .{extension} file"
    return ""
