"""A choice of flows is read, kept, and told in the same words."""

from ipaddress import ip_address

import pytest

from tcpchaos.backends.bridge.flows import ALL, FlowsError, flows, read_place


def key(source: str, sport: int, destination: str, dport: int) -> bytes:
    ports = sport.to_bytes(2, "big") + dport.to_bytes(2, "big")
    return ip_address(source).packed + ip_address(destination).packed + ports


@pytest.mark.parametrize(
    ("asked", "found", "chosen"),
    [
        (([], []), ("10.0.0.1", 5, "10.0.0.2", 80), True),
        (([], [80]), ("10.0.0.1", 5, "10.0.0.2", 80), True),
        (([], [80]), ("10.0.0.2", 80, "10.0.0.1", 5), True),
        (([], [81]), ("10.0.0.1", 5, "10.0.0.2", 80), False),
        (([], [80]), ("2001:db8::1", 5, "2001:db8::2", 80), True),
        ((["10.0.0.2:80"], []), ("10.0.0.1", 5, "10.0.0.2", 80), True),
        ((["10.0.0.2:80"], []), ("10.0.0.2", 80, "10.0.0.1", 5), True),
        ((["10.0.0.2:80"], []), ("10.0.0.2", 5, "10.0.0.1", 80), False),
        ((["10.0.0.2:80"], []), ("10.0.0.1", 5, "10.0.0.3", 80), False),
        ((["10.0.0.2:80", "[2001:db8::2]:80"], []), ("2001:db8::1", 5, "2001:db8::2", 80), True),
        ((["[2001:db8::2]:80"], []), ("2001:db8::2", 80, "2001:db8::1", 5), True),
        ((["[2001:db8::2]:80"], []), ("2001:db8::2", 81, "2001:db8::1", 5), False),
        ((["10.0.0.2:80"], [443]), ("10.0.0.1", 5, "10.0.0.9", 443), True),
    ],
)
def test_who_is_chosen(asked: tuple[list[str], list[int]], found: tuple[str, int, str, int], chosen: bool) -> None:
    assert flows(*asked).choose(key(*found)) is chosen


def test_what_was_chosen_is_told() -> None:
    chosen = flows(["[2001:db8::2]:80", "10.0.0.2:80"], [443])
    assert str(chosen) == "10.0.0.2:80, [2001:db8::2]:80, port 443"
    assert chosen.options() == ["--flow", "10.0.0.2:80", "--flow", "[2001:db8::2]:80", "--port", "443"]
    assert flows(["10.0.0.2:80", "[2001:db8::2]:80"], [443]) == chosen
    assert (str(ALL), ALL.options()) == ("all TCP", [])


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("10.0.0.1", "expected HOST:PORT, such as"),
        (":80", "expected HOST:PORT, such as"),
        ("example.com:80", "example.com is no IP address; names are not looked up"),
        ("2001:db8::1:80", r"in brackets: \[2001:db8::1\]:80"),
        ("2001:xyz::1:80", r"write an IPv6 address in brackets"),
        ("10.0.0.1:http", "http is no port"),
        ("10.0.0.1:0", "0 is no port"),
        ("10.0.0.1:65536", "65536 is no port; there are 1 to 65535"),
        ("10.0.0.1:", "nothing is no port"),
        ("[10.0.0.1:80", "is no IP address"),
    ],
)
def test_what_is_no_place_is_told_what_to_write_instead(text: str, told: str) -> None:
    with pytest.raises(FlowsError, match=told):
        read_place(text)


def test_a_place() -> None:
    assert read_place("10.0.0.1:80") == ("10.0.0.1", 80)
    assert read_place("[2001:db8::1]:65535") == ("2001:db8::1", 65535)
