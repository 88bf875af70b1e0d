"""What a client says when it signs in with a token: XOAUTH2, and OAUTHBEARER (RFC 7628).

XOAUTH2 is described at developers.google.com/gmail/imap/xoauth2-protocol. Both begin with the whole
message. To a server that refuses it and says why, one more word is due before it says no.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True, kw_only=True)
class Login:
    """Who signs in, and to which server."""

    username: str
    host: str
    port: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Mechanism:
    """A way to sign in, by the name servers offer it with; `words` are not base64 yet."""

    name: str
    words: Callable[[Login, str], bytes]
    after_refusal: bytes

    def answers(self, login: Login, token: str) -> Callable[[object], bytes]:
        """What is said to each challenge of the server, in turn."""
        said: Iterator[bytes] = iter((self.words(login, token),))
        return lambda challenge: next(said, self.after_refusal)


def _xoauth2(login: Login, token: str) -> bytes:
    return f"user={login.username}\x01auth=Bearer {token}\x01\x01".encode()


def _oauthbearer(login: Login, token: str) -> bytes:
    name = login.username.replace("=", "=3D").replace(",", "=2C")
    place = f"host={login.host}\x01port={login.port}"
    return f"n,a={name},\x01{place}\x01auth=Bearer {token}\x01\x01".encode()


XOAUTH2: Final = Mechanism(name="XOAUTH2", words=_xoauth2, after_refusal=b"")
OAUTHBEARER: Final = Mechanism(name="OAUTHBEARER", words=_oauthbearer, after_refusal=b"\x01")


def choose(offered: Collection[str]) -> Mechanism | None:
    """The mechanism for a server that offers these, whatever their case; None when it has none."""
    names = {name.upper() for name in offered}
    return next((each for each in (XOAUTH2, OAUTHBEARER) if each.name in names), None)
