"""How a server reads what a client says by XOAUTH2 and OAUTHBEARER, strictly as they are."""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Callable
from typing import Final

Takes = Callable[[str, str], bool]

_XOAUTH2: Final = re.compile(rb"user=([^\x01]+)\x01auth=Bearer ([\x21-\x7e]+)\x01\x01")
_OAUTHBEARER: Final = re.compile(
    rb"n,a=([^,\x01]+),\x01host=[^\x01]+\x01port=[0-9]+\x01auth=Bearer ([\x21-\x7e]+)\x01\x01"
)
_SHAPES: Final = {"XOAUTH2": _XOAUTH2, "OAUTHBEARER": _OAUTHBEARER}
# What a client has to say to the challenge that names the reason, in base64.
AFTER_REFUSAL: Final = {"XOAUTH2": b"", "OAUTHBEARER": b"AQ=="}

REASON: Final = base64.b64encode(
    json.dumps({"status": "401", "schemes": "bearer", "scope": "mail"}).encode()
).decode()


def sound(mechanism: str, said: bytes, takes: Takes) -> bool:
    """Whether these words, in base64, let somebody in."""
    found = _SHAPES[mechanism].fullmatch(base64.b64decode(said, validate=True))
    if found is None:
        return False
    user = found[1].decode().replace("=2C", ",").replace("=3D", "=")
    return takes(user, found[2].decode())
