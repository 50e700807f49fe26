"""Reach: connections that lead out of one's own network alone, and end in time.

What somebody gives to ``survey add``, or a page redirects to, must not make this computer ask
a router, a cloud's metadata service or a program of its own. A name is judged by what it
resolves to, and that very address is connected to: no second look-up can give another.
httpcore offers its network backend for this; every redirect comes through here too.
"""

from __future__ import annotations

import ipaddress
import socket
import time
from typing import TYPE_CHECKING, Any

import httpcore

if TYPE_CHECKING:
    import ssl
    from collections.abc import Iterable, Iterator

    from httpcore import SOCKET_OPTION

_Address = ipaddress.IPv4Address | ipaddress.IPv6Address
#: IPv6 addresses that stand for one of IPv4: https://www.rfc-editor.org/rfc/rfc6052.
_TRANSLATED = ipaddress.ip_network("64:ff9b::/96")


def is_public(text: str) -> bool:
    """Tell whether a numeric address lies outside of every private network."""
    address = ipaddress.ip_address(text.partition("%")[0])
    return all(each.is_global and not each.is_multicast for each in _meant(address))


def _meant(address: _Address) -> Iterator[_Address]:
    """Yield an address and those of IPv4 that it may lead to."""
    if isinstance(address, ipaddress.IPv6Address):
        if address.ipv4_mapped:  # only another spelling
            yield address.ipv4_mapped
            return
        if address.sixtofour:
            yield address.sixtofour
        if address.teredo:
            yield from address.teredo
        if address in _TRANSLATED:
            yield ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
    yield address


def resolved(host: str, port: int, *, numeric: bool = False) -> list[str]:
    """Return the addresses of a host, all of them public.

    :param numeric: Look no name up; of a name nothing is returned.
    :raises httpcore.ConnectError: Nobody knows the name.
    :raises httpcore.UnsupportedProtocol: One of them lies inside somebody's network.
    """
    if host.lower().rstrip(".").endswith("localhost"):
        raise httpcore.UnsupportedProtocol(f"'{host}' is no public host")
    flags = socket.AI_NUMERICHOST if numeric else 0
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=flags)
    except (OSError, UnicodeError) as error:
        if numeric:
            return []
        raise httpcore.ConnectError(str(error)) from None
    addresses = list(dict.fromkeys(str(place[0]) for *_, place in found))
    if not all(map(is_public, addresses)):
        raise httpcore.UnsupportedProtocol(f"'{host}' is no public host")
    return addresses


class Guard(httpcore.SyncBackend):
    """Connects to public hosts, and gives a request and its answer so many seconds in all."""

    def __init__(self, seconds: float, *, anywhere: bool = False) -> None:
        """Set the bounds.

        :param anywhere: Connect to any host, as to the gateway that somebody has chosen.
        """
        super().__init__()
        self._seconds = seconds
        self._anywhere = anywhere

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[SOCKET_OPTION] | None = None,
    ) -> httpcore.NetworkStream:
        """Connect to the first of a host's addresses that answers."""
        end = time.monotonic() + self._seconds
        addresses = [host] if self._anywhere else resolved(host, port)
        for left, address in reversed(list(enumerate(reversed(addresses)))):
            try:
                stream = super().connect_tcp(address, port, timeout, local_address, socket_options)
            except (httpcore.ConnectError, httpcore.ConnectTimeout):
                if not left:
                    raise
            else:
                return _Bounded(stream, end)
        raise httpcore.ConnectError(f"'{host}' has no address")

    def connect_unix_socket(self, *_: Any, **__: Any) -> httpcore.NetworkStream:
        """Refuse: no address of the web leads there."""
        raise httpcore.UnsupportedProtocol("a socket of this computer is no public host")


class _Bounded(httpcore.NetworkStream):
    """A connection that ends at a moment, however often a byte comes."""

    def __init__(self, stream: httpcore.NetworkStream, end: float) -> None:
        self._stream = stream
        self._end = end

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        """Read what is there."""
        left = self._end - time.monotonic()
        if left <= 0:
            raise httpcore.ReadTimeout("too slow")
        return self._stream.read(max_bytes, left if timeout is None else min(left, timeout))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        """Write all."""
        self._stream.write(buffer, timeout)

    def close(self) -> None:
        """Hang up."""
        self._stream.close()

    def start_tls(
        self,
        ssl_context: ssl.SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,
    ) -> httpcore.NetworkStream:
        """Encrypt what follows; the certificate must be that of the name."""
        return _Bounded(self._stream.start_tls(ssl_context, server_hostname, timeout), self._end)

    def get_extra_info(self, info: str) -> Any:
        """Return what the connection knows."""
        return self._stream.get_extra_info(info)
