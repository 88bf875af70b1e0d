"""The bytes of one message while they come in, up to the dot that ends them (RFC 5321, 4.1.1.4)."""

from __future__ import annotations

from collections.abc import Callable

_END = b"\r\n.\r\n"


class Incoming:
    """Collects pieces until the end of data. Once too much has come, it keeps none of them."""

    def __init__(self, refuse: Callable[[int, int], str], hold: Callable[[int], None]) -> None:
        """`refuse(size, more)` gives the refusal, or nothing; `hold` counts the bytes in memory."""
        self.size = 0
        self.refusal = ""
        self._refuse = refuse
        self._hold = hold
        self._pieces: list[bytes] = []
        self._held = 0
        self._tail = b"\r\n"

    @property
    def complete(self) -> bool:
        """Whether the end of data was seen: only CR LF . CR LF is one."""
        return self._tail == _END

    def add(self, piece: bytes) -> None:
        """The next bytes; a dot and a line end may only stand at their end."""
        self._tail = (self._tail + piece[-5:])[-5:]
        self.size += len(piece)
        if not self.refusal:
            self.refusal = self._refuse(self.size - 3, len(piece))
        if self.refusal:
            self.forget()
            return
        self._pieces.append(piece)
        self._held += len(piece)
        self._hold(len(piece))

    def wire(self) -> bytes:
        """The content, still dot-stuffed, without the end of data; the pieces are used up."""
        pieces, self._pieces = self._pieces, []
        pieces[-1] = pieces[-1][:-3]
        return b"".join(pieces)

    def forget(self) -> None:
        """Give the memory back."""
        self._hold(-self._held)
        self._pieces.clear()
        self._held = 0
