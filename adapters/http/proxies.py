"""The peer's own address behind reverse proxies that we trust, and only behind those."""

from __future__ import annotations

from collections.abc import Iterable
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from typing import TYPE_CHECKING

from aiohttp import web

if TYPE_CHECKING:
    from aiohttp.typedefs import Handler

_Address = IPv4Address | IPv6Address


class TrustedProxies:
    """Sets `request.remote` and `.scheme` from X-Forwarded-For and -Proto of trusted peers."""

    def __init__(self, trusted: Iterable[str]) -> None:
        self._networks = tuple(ip_network(text, strict=False) for text in trusted)

    @property
    def any(self) -> bool:
        """Whether there is a proxy to trust at all."""
        return bool(self._networks)

    def peer(self, remote: str | None, forwarded_for: Iterable[str]) -> str | None:
        """The nearest address that is none of our proxies; `remote` when it is none of them."""
        nearest = _read(remote or "")
        chain = [_read(part) for value in forwarded_for for part in value.split(",")]
        while chain and nearest is not None and self._trusts(nearest):
            hop = chain.pop()
            if hop is None:
                break
            nearest = hop
        return remote if nearest is None else str(nearest)

    @web.middleware
    async def middleware(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        """Hand on the request as the client made it to the outermost trusted proxy."""
        direct = _read(request.remote or "")
        if direct is None or not self._trusts(direct):
            return await handler(request)
        forwarded = request.headers.getall("X-Forwarded-For", [])
        remote = self.peer(request.remote, forwarded) or ""
        secure = request.headers.get("X-Forwarded-Proto", "").strip().lower() == "https"
        scheme = "https" if secure else request.scheme
        return await handler(request.clone(remote=remote, scheme=scheme))

    def _trusts(self, address: _Address) -> bool:
        return any(address in network for network in self._networks)


def _read(text: str) -> _Address | None:
    try:
        address = ip_address(text.strip())
    except ValueError:
        return None
    mapped = address.ipv4_mapped if isinstance(address, IPv6Address) else None
    return mapped or address
