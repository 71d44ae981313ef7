"""Addresses: which are asked, where redirects may lead, and what of them people may see."""

from __future__ import annotations

import ipaddress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.collect import address
from pipeline.collect.address import AddressRefused, may_connect, redact, redirected

REFUSED = [
    "127.0.0.1",
    "127.8.9.10",
    "10.1.2.3",
    "172.16.0.1",
    "192.168.1.1",
    "100.64.0.1",
    "169.254.169.254",
    "0.0.0.0",
    "255.255.255.255",
    "224.0.0.1",
    "192.0.2.1",
    "198.18.0.1",
    "240.0.0.1",
    "::1",
    "::",
    "fe80::1",
    "fe80::1%eth0",
    "fc00::1",
    "fd12:3456::1",
    "ff02::1",
    "2001:db8::1",
    "::ffff:127.0.0.1",
    "::ffff:10.0.0.1",
    "::ffff:169.254.169.254",
    "::127.0.0.1",
    "64:ff9b::7f00:1",
    "64:ff9b::a00:1",
    "64:ff9b:1::a9fe:a9fe",
    "2002:7f00:1::",
    "2002:a00:1::1",
    "not an address",
]


@pytest.mark.parametrize("ip", REFUSED)
def test_no_address_that_is_not_public_is_connected_to(ip: str) -> None:
    assert not may_connect(ip, allow_private=False, first_hop=True)


@pytest.mark.parametrize(
    "ip", ["93.184.216.34", "8.8.8.8", "2606:2800:220:1::1", "::ffff:8.8.8.8", "64:ff9b::808:808"]
)
def test_public_addresses_are_connected_to(ip: str) -> None:
    assert may_connect(ip, allow_private=False, first_hop=True)
    assert may_connect(ip, allow_private=False, first_hop=False)


@pytest.mark.parametrize("ip", ["127.0.0.1", "10.1.2.3", "::1", "fd12:3456::1", "::ffff:10.0.0.1"])
def test_the_feed_list_may_allow_private_addresses(ip: str) -> None:
    assert may_connect(ip, allow_private=True, first_hop=True)
    assert may_connect(ip, allow_private=True, first_hop=False)


@pytest.mark.parametrize("ip", ["169.254.169.254", "fe80::1", "::ffff:169.254.169.254", "64:ff9b::a9fe:a9fe"])
def test_no_redirect_leads_to_where_clouds_keep_secrets_even_where_private_addresses_are_allowed(
    ip: str,
) -> None:
    assert may_connect(ip, allow_private=True, first_hop=True)
    assert not may_connect(ip, allow_private=True, first_hop=False)


@given(st.ip_addresses(v=4))
def test_an_ipv4_address_is_judged_alike_however_ipv6_carries_it(ip: ipaddress.IPv4Address) -> None:
    plain = may_connect(str(ip), allow_private=False, first_hop=True)
    number = int(ip)
    carried = [
        ipaddress.IPv6Address((0xFFFF << 32) | number),
        ipaddress.IPv6Address((0x2002 << 112) | (number << 80)),
        ipaddress.IPv6Address((0x0064FF9B << 96) | number),
    ]
    assert [may_connect(str(c), allow_private=False, first_hop=True) for c in carried] == [plain] * 3


@pytest.mark.parametrize(
    "url",
    [
        "file:///etc/passwd",
        "ftp://example.org/a",
        "gopher://x/",
        "javascript:alert(1)",
        "example.org/feed",
        "",
        "http://",
        "http:///x",
    ],
)
def test_only_http_and_https_are_asked(url: str) -> None:
    with pytest.raises(AddressRefused):
        address.parse(url)


@pytest.mark.parametrize(
    ("at", "location", "target"),
    [
        ("https://a.example/x/feed", "/rss", "https://a.example/rss"),
        ("https://a.example/x/feed", "rss", "https://a.example/x/rss"),
        ("http://a.example/feed", "https://b.example/feed", "https://b.example/feed"),
        ("http://a.example/feed", "//b.example/", "http://b.example/"),
        ("https://u:p@a.example/feed", "/rss", "https://u:p@a.example/rss"),
        ("http://u:p@a.example/feed", "https://a.example/feed", "https://u:p@a.example/feed"),
        ("https://u:p@a.example/feed", "https://b.example/feed", "https://b.example/feed"),
        ("https://u:p@a.example/feed", "https://a.example:8443/feed", "https://a.example:8443/feed"),
        ("https://a.example/feed", "https://x:y@b.example/feed", "https://b.example/feed"),
    ],
)
def test_redirects_keep_credentials_to_the_host_they_are_for(at: str, location: str, target: str) -> None:
    assert str(redirected(address.parse(at), location)) == target


@pytest.mark.parametrize(
    "location", ["http://a.example/", "file:///etc/passwd", "ftp://a.example/", "http://[::1", "data:,x"]
)
def test_redirects_to_worse_places_are_refused(location: str) -> None:
    with pytest.raises(AddressRefused):
        redirected(address.parse("https://a.example/feed"), location)


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("https://anna:geheim@a.example/f?x=1", "https://***@a.example/f?x=1"),
        ("https://anna:ge@heim@a.example/f", "https://***@a.example/f"),
        (
            "https://a.example/f?apikey=abc&n=2&access_token=d",
            "https://a.example/f?apikey=***&n=2&access_token=***",
        ),
        ("https://a.example/@someone/f", "https://a.example/@someone/f"),
        ("https://a.example/f", "https://a.example/f"),
    ],
)
def test_what_people_see_of_an_address_has_no_secrets(url: str, shown: str) -> None:
    assert redact(url) == shown
