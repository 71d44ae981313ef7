"""Which addresses may be asked for a feed: schemes, networks, redirects, and how a URL is written where
people read it."""

from __future__ import annotations

import ipaddress
import re

import httpx

SCHEMES = ("http", "https")

# RFC 6052 and RFC 8215: an IPv4 address carried in an IPv6 one by a translator; the last four bytes are that
# address.
_NAT64 = (ipaddress.IPv6Network("64:ff9b::/96"), ipaddress.IPv6Network("64:ff9b:1::/48"))
# RFC 4291 2.5.5.1, deprecated, yet some systems still route it to the IPv4 address.
_IPV4_COMPATIBLE = ipaddress.IPv6Network("::/96")

_SECRET_PARAMETER = re.compile(
    r"(?i)(?<=[?&;])([^=&;#]*(?:key|token|secret|passw|auth|sig|credential)[^=&;#]*)=[^&;#]*"
)


class AddressRefused(Exception):
    """An address that must not be asked; the message is a sentence for a person."""


def parse(url: str) -> httpx.URL:
    """The URL, its host in IDNA and its path percent-encoded. Raises AddressRefused for anything but http
    and https."""
    try:
        parsed = httpx.URL(url.strip())
    except (httpx.InvalidURL, UnicodeError, ValueError) as error:
        raise AddressRefused(f"not a web address: {redact(url)} ({error})") from error
    if parsed.scheme not in SCHEMES:
        raise AddressRefused(
            f"only http and https addresses are asked, this is {parsed.scheme or 'none'}: {redact(url)}"
        )
    if not parsed.host:
        raise AddressRefused(f"an address without a host: {redact(url)}")
    return parsed


def redirected(at: httpx.URL, location: str) -> httpx.URL:
    """Where a redirect from `at` leads (RFC 9110 10.2.2). Credentials stay with their host; a fall from
    https to http is refused. Raises AddressRefused."""
    try:
        joined = at.join(location)
    except (httpx.InvalidURL, UnicodeError, ValueError) as error:
        raise AddressRefused(f"redirected to what is no web address: {redact(location)}") from error
    target = parse(str(joined))
    if at.scheme == "https" and target.scheme == "http":
        raise AddressRefused(
            f"redirected from https to http, where anyone on the way can change it: {redact(str(target))}"
        )
    return with_credentials_of(at, without_credentials(target))


def with_credentials_of(known: httpx.URL, target: httpx.URL) -> httpx.URL:
    """`target`, with the user name and password of `known` where both are the same host and nothing is lost
    in secrecy."""
    return (
        target.copy_with(userinfo=known.userinfo) if known.userinfo and _same_site(known, target) else target
    )


def without_credentials(url: httpx.URL) -> httpx.URL:
    """`url` without user name and password."""
    return url.copy_with(userinfo=b"") if url.userinfo else url


def may_connect(address: str, *, allow_private: bool, first_hop: bool) -> bool:
    """Whether this IP address may be connected to. Public addresses always; private and loopback ones where
    the feed list allows them; link-local ones, where clouds keep their secrets, not by a redirect even
    then."""
    try:
        ip = unwrapped(ipaddress.ip_address(address))
    except ValueError:
        return False
    if ip.is_global and not ip.is_multicast:
        return True
    return allow_private and not ip.is_multicast and (first_hop or not ip.is_link_local)


def unwrapped(
    ip: ipaddress.IPv4Address | ipaddress.IPv6Address,
) -> ipaddress.IPv4Address | ipaddress.IPv6Address:
    """The IPv4 address inside an IPv6 one (mapped, 6to4, NAT64, compatible), else `ip` itself."""
    if isinstance(ip, ipaddress.IPv4Address):
        return ip
    if ip.ipv4_mapped is not None:
        return ip.ipv4_mapped
    if ip.sixtofour is not None:
        return ip.sixtofour
    if any(ip in network for network in _NAT64) or (ip in _IPV4_COMPATIBLE and int(ip) > 1):
        return ipaddress.IPv4Address(int(ip) & 0xFFFFFFFF)
    return ip


def redact(url: str) -> str:
    """The address as it may be logged and shown: without user name, password, and the values of parameters
    that name a secret."""
    return _SECRET_PARAMETER.sub(r"\1=***", re.sub(r"(?<=//)[^/?#]*@", "***@", url))


def host_of(url: str) -> str:
    """The host that answers for `url`, in lower case; empty where it has none."""
    try:
        return httpx.URL(url.strip()).host.lower()
    except (httpx.InvalidURL, UnicodeError, ValueError):
        return ""


def _same_site(known: httpx.URL, target: httpx.URL) -> bool:
    if known.host != target.host:
        return False
    if known.scheme == target.scheme:
        return known.port == target.port
    return (known.scheme, target.scheme, known.port, target.port) == ("http", "https", None, None)
