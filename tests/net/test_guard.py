"""The guard against what attackers write into addresses."""

from ipaddress import IPv6Address, ip_address

import pytest
from hypothesis import given
from hypothesis import strategies as st

from noren.errors import BadInput, Unavailable
from noren.net import Guard, shown

REFUSED = [
    "http://127.0.0.1/",
    "http://127.8.8.8:8080/x",
    "http://[::1]/",
    "http://[::ffff:127.0.0.1]/",
    "http://[64:ff9b::7f00:1]/",
    "http://[2002:7f00:1::]/",
    "http://10.0.0.1/",
    "http://172.31.255.255/",
    "http://192.168.1.1/",
    "http://100.64.0.1/",
    "http://[fd12:3456::1]/",
    "http://169.254.1.1/",
    "http://[fe80::1]/",
    "http://169.254.169.254/latest/meta-data/",
    "http://[::ffff:169.254.169.254]/",
    "http://168.63.129.16/",
    "http://0.0.0.0/",
    "http://[::]/",
    "http://224.0.0.1/",
    "http://255.255.255.255/",
    "http://2130706433/",
    "http://127.1/",
    "http://0177.0.0.1/",
    "ftp://example.org/",
    "file:///etc/passwd",
    "gopher://example.org/",
    "http:///nothing",
    "//example.org/",
    "http://example.org:99999/",
    "http://[::1",
    "",
]


@pytest.mark.parametrize("url", REFUSED)
def test_refused(url: str) -> None:
    with pytest.raises(BadInput):
        Guard().url(url)


@pytest.mark.parametrize("url", ["https://example.org/a?b=c", "http://8.8.8.8/", "http://[2606:4700::1111]:8080/"])
def test_public_addresses_pass(url: str) -> None:
    assert str(Guard().url(url)) == url


@pytest.mark.parametrize(
    ("allow", "url"),
    [
        ("localhost", "http://127.0.0.1:1/"),
        ("localhost", "http://[::1]/"),
        ("private", "http://10.1.2.3/"),
        ("192.168.0.0/16", "http://192.168.9.9/"),
        ("192.168.9.9", "http://192.168.9.9/"),
        ("169.254.7.0/24", "http://169.254.7.1/"),
    ],
)
def test_the_city_may_allow(allow: str, url: str) -> None:
    assert Guard([allow]).url(url)


@pytest.mark.parametrize("url", ["http://169.254.169.254/", "http://[fd00:ec2::254]/", "http://100.100.100.200/"])
def test_metadata_is_never_reached(url: str) -> None:
    everything = Guard(["0.0.0.0/0", "::/0", "private", "localhost", "169.254.0.0/16"])
    with pytest.raises(BadInput, match="metadata"):
        everything.url(url)


@given(st.ip_addresses(v=4))
def test_an_address_inside_another_is_judged_as_itself(address: object) -> None:
    """Mapped, 6to4 and NAT64 forms of an IPv4 address are refused exactly when the address is."""
    plain = _refuses(ip_address(str(address)))
    number = int(ip_address(str(address)))
    for form in (0xFFFF << 32 | number, 0x2002 << 112 | number << 80, 0x64FF9B << 96 | number):
        assert _refuses(IPv6Address(form)) == plain


def _refuses(address: object) -> bool:
    return Guard()._against(address, "x") is not None  # type: ignore[arg-type]


async def test_a_name_is_resolved_once_and_judged_by_its_addresses() -> None:
    with pytest.raises(BadInput, match="this machine itself"):
        await Guard().resolve("localhost", 80)
    assert set(await Guard(["localhost"]).resolve("localhost", 80)) <= {"127.0.0.1", "::1"}


async def test_unknown_name() -> None:
    with pytest.raises(Unavailable, match=r"no-such-host\.invalid"):
        await Guard().resolve("no-such-host.invalid", 80)


def test_a_typing_error_in_the_allowed_list_is_named() -> None:
    with pytest.raises(BadInput, match=r"10\.0\.0\.0/99"):
        Guard(["10.0.0.0/99"])


def test_keys_never_stand_in_errors() -> None:
    assert shown("https://user:secret@example.org/feed?key=topsecret#x") == "https://example.org/feed"
    assert "secret" not in shown("http://[broken?key=secret")
