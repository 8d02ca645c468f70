"""The addresses of a lab can't be anyone's: they are kept for documentation, and the MACs are nobody's."""

from ipaddress import ip_address, ip_network

from tcpchaos.backends.warden.addresses import ADDRESSES4, ADDRESSES6, ENDPOINTS, MACS


def test_addresses_are_kept_for_documentation() -> None:
    for place in ENDPOINTS:
        assert ip_address(ADDRESSES4[place]) in ip_network("192.0.2.0/24")
        assert ip_address(ADDRESSES6[place]) in ip_network("2001:db8::/32")


def test_macs_are_local_and_of_one_station() -> None:
    assert len({MACS[place] for place in ENDPOINTS}) == 2
    assert all(len(mac) == 6 and mac[0] & 3 == 2 for mac in MACS.values())
