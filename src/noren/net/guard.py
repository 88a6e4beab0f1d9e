"""The endpoint guard: a city's server never becomes a way into the network that it stands in.

Addresses that are not public (this machine, the town hall's own network, the cloud's metadata service) are refused
unless the city's configuration allows them: `[net] allow = ["localhost", "private", "10.2.0.0/16", "broker.lan"]`.
Link-local addresses need their network spelled out; metadata services are never reached.
"""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Sequence
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network

from yarl import URL

from noren.errors import BadInput, Unavailable

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network

LOOPBACK = ("127.0.0.0/8", "::1/128")
PRIVATE = ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10", "fc00::/7")
METADATA = frozenset(
    map(ip_address, ("169.254.169.254", "169.254.170.2", "100.100.100.200", "168.63.129.16", "fd00:ec2::254"))
)
_GROUPS = {"localhost": LOOPBACK, "loopback": LOOPBACK, "private": PRIVATE}
_CARRIERS = (ip_network("64:ff9b::/96"), ip_network("::/96"))
_HINT = 'Let the city reach it with `[net] allow = ["…"]` in noren.toml: a host name, an address or a network.'


class Guard:
    """Decides which endpoints may be reached; `allow` are host names, addresses, networks, "localhost" or "private"."""

    def __init__(self, allow: Sequence[str] = ()) -> None:
        self.names: set[str] = set()
        self.networks: list[Network] = []
        for entry in allow:
            self._allow(entry.strip().lower().rstrip("."))

    def _allow(self, entry: str) -> None:
        self.networks.extend(map(ip_network, _GROUPS.get(entry, ())))
        try:
            self.networks.append(ip_network(entry, strict=False))
        except ValueError:
            if "/" in entry or not entry:
                raise BadInput(f"“{entry}” is neither a host nor a network.", where="noren.toml, [net] allow") from None
            self.names.add(entry)

    def url(self, text: str, schemes: Sequence[str] = ("https", "http")) -> URL:
        """The address taken apart; raises `BadInput` for another scheme, no host, or a host that may not be reached."""
        try:
            url = URL(text)
            host, _ = url.host, url.port
        except ValueError as error:
            raise BadInput(f"“{text[:200]}” is not an address.", hint=f"It reads: {error}.") from None
        if url.scheme not in schemes:
            raise BadInput(f"An address here begins with {' or '.join(s + '://' for s in schemes)}.", where=shown(url))
        if not host:
            raise BadInput("The address names no host.", where=shown(url))
        self._literal(host)
        return url

    def _literal(self, host: str) -> None:
        try:
            address = ip_address(host)
        except ValueError:
            if host.replace(".", "").isdigit():
                raise BadInput("A numeric host is written as four numbers with points.", where=host) from None
            return
        self.check(address, host)

    def check(self, address: Address, host: str) -> None:
        """Raise `BadInput` when `address`, found for `host`, may not be reached."""
        if (why := self._against(address, host.lower().rstrip("."))) is not None:
            raise BadInput(f"{host} leads to {address}, {why}.", where=host, hint=_HINT)

    def _against(self, address: Address, host: str) -> str | None:
        inner = _inner(address)
        if inner in METADATA:
            return "a cloud's metadata service"
        if any(inner.version == network.version and inner in network for network in self.networks):
            return None
        if inner.is_unspecified or inner.is_multicast or inner.is_link_local:
            return "which is no host of the internet"
        if inner.is_global or host in self.names:
            return None
        return "this machine itself" if inner.is_loopback else "an address of an inner network"

    async def resolve(self, host: str, port: int, family: int = socket.AF_UNSPEC) -> list[str]:
        """Addresses of `host` that may be reached, asked for once: connect to these and to nothing else.

        Raises `Unavailable` when the name is not known, `BadInput` when none of its addresses may be reached.
        """
        loop = asyncio.get_running_loop()
        try:
            found = await loop.getaddrinfo(host, port, type=socket.SOCK_STREAM, family=family)
        except (OSError, UnicodeError):
            raise Unavailable(f"No host is known by the name {host}.", hint="Check its spelling.") from None
        addresses = list(dict.fromkeys(str(row[4][0]) for row in found))
        good = [text for text in addresses if self._against(ip_address(text), host.lower().rstrip(".")) is None]
        if not good:
            self.check(ip_address(addresses[0]), host)
        return good


def _inner(address: Address) -> Address:
    """The IPv4 address inside an IPv6 one, where there is one: the guard looks at what is really reached."""
    if isinstance(address, IPv4Address):
        return address
    inner = address.ipv4_mapped or address.sixtofour or (address.teredo[1] if address.teredo else None)
    if inner is None and any(address in carrier for carrier in _CARRIERS) and int(address) > 1:
        inner = IPv4Address(int(address) & 0xFFFFFFFF)
    return inner or address


def shown(url: URL | str) -> str:
    """The address as it may stand in an error or on a page: without password and query, where keys are kept."""
    try:
        return str(URL(str(url)).with_user(None).with_query(None).with_fragment(None))
    except ValueError:
        return str(url).partition("?")[0]
