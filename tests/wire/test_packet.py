"""Packets: nothing is lost, an edit changes what it names, and hostile octets are refused in one way only."""

from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from tcpchaos.wire import ACK, CWR, FIN, PSH, SYN, Packet, WireError, build, notation, parse
from tcpchaos.wire import options as opt
from tcpchaos.wire.ip import decode_ip
from tcpchaos.wire.packet import read

Packets = st.SearchStrategy[Packet]
ISS = 2**32 - 2
CLIENT, SERVER = b"\x0a\0\0\1", b"\x0a\0\0\2"
CLIENT6, SERVER6 = b"\xfd" + bytes(14) + b"\1", b"\xfd" + bytes(14) + b"\2"

U8, U16, U32, NIBBLE = st.integers(0, 0xFF), st.integers(0, 0xFFFF), st.integers(0, 0xFFFFFFFF), st.integers(0, 15)
TCP_FIELDS = {
    "sport": U16,
    "dport": U16,
    "seq": U32,
    "ack": U32,
    "reserved": NIBBLE,
    "flags": U8,
    "window": U16,
    "urgent": U16,
}
IP_FIELDS = {"tos": U8, "ttl": U8}
IPV4_FIELDS = {"ip_id": U16, "ip_flags": st.integers(0, 7)}
ALL = (*TCP_FIELDS, *IP_FIELDS, *IPV4_FIELDS, "offset", "options_octets", "payload", "src", "dst", "version")


def fields(packet: Packet) -> dict[str, Any]:
    """Everything that an edit may change and must not change unasked, but for checksums and lengths."""
    found = {name: getattr(packet, name) for name in ALL}
    front = bytearray(packet.octets[: packet.tcp_at])
    for at in (1, 2, 3, 4, 5, 6, 8, 10, 11) if packet.version == 4 else (0, 1, 4, 5, 7):
        front[at] = 0
    if packet.version == 6:
        found["flow"] = packet.octets[1] & 15, packet.octets[2:4]
    return found | {"front": bytes(front), "trailer": packet.octets[packet.end :]}


def error_of(packet: Packet) -> int:
    """How far the TCP checksum is from the right one; 0 for both forms of zero."""
    return (packet.checksum - packet.right_checksum) % 0xFFFF


@st.composite
def edits(draw: st.DrawFn, packet: Packet) -> dict[str, Any]:
    allowed = TCP_FIELDS | IP_FIELDS | (IPV4_FIELDS if packet.version == 4 else {})
    names = draw(st.lists(st.sampled_from(sorted(allowed)), max_size=3, unique=True))
    return {name: draw(allowed[name]) for name in names}


def syn_ack(**changes: Any) -> Packet:
    values: dict[str, Any] = {
        "src": SERVER,
        "dst": CLIENT,
        "sport": 80,
        "dport": 40000,
        "seq": ISS,
        "ack": 1,
        "flags": SYN | ACK,
        "options": opt.encode([opt.mss(1460), opt.sack_permitted(), opt.timestamps(7, 8), opt.nop(), opt.wscale(7)]),
    }
    return build(**(values | changes))


def test_a_syn_ack_is_read() -> None:
    packet = syn_ack()
    assert (packet.version, packet.src, packet.dst, packet.sport, packet.dport) == (4, SERVER, CLIENT, 80, 40000)
    assert (packet.seq, packet.ack, packet.flags, packet.window, packet.urgent) == (ISS, 1, SYN | ACK, 65535, 0)
    assert (packet.offset, packet.reserved, packet.tcp_at, packet.data_at, packet.end) == (10, 0, 20, 60, 60)
    assert (packet.size, packet.length) == (0, 1)
    assert (packet.mss, packet.wscale, packet.sack_permitted, packet.timestamps) == (1460, 7, True, (7, 8))
    assert packet.sack == ()
    assert packet.checksum_ok
    assert packet.ip_checksum_ok
    assert (packet.ttl, packet.tos, packet.ip_id, packet.ip_flags) == (64, 0, 0, 2)


def test_ipv6_has_fields_that_ipv4_has_not() -> None:
    packet = syn_ack(src=SERVER6, dst=CLIENT6, ttl=3, tos=0xB9)
    assert (packet.version, packet.src, packet.dst, packet.tcp_at) == (6, SERVER6, CLIENT6, 40)
    assert (packet.ttl, packet.tos, packet.ip_id, packet.ip_flags, packet.ip_checksum) == (3, 0xB9, None, None, None)
    assert packet.ip_checksum_ok
    for edit in ({"ip_id": 1}, {"ip_flags": 0}, {"ip_checksum": 0}):
        with pytest.raises(WireError):
            packet.replace(**edit)  # type: ignore[arg-type]


@pytest.mark.parametrize(("src", "dst"), [(CLIENT, SERVER), (CLIENT6, SERVER6)])
def test_the_key_of_the_way_back_is_the_reverse_key(src: bytes, dst: bytes) -> None:
    there = build(src=src, dst=dst, sport=1, dport=2, seq=0, flags=SYN)
    back = build(src=dst, dst=src, sport=2, dport=1, seq=0, flags=SYN | ACK)
    assert there.key == src + dst + bytes((0, 1, 0, 2))
    assert there.reverse_key == back.key
    assert back.reverse_key == there.key


def test_seg_len_counts_syn_and_fin() -> None:
    assert syn_ack(flags=SYN | FIN, payload=b"abc").length == 5


def test_a_packet_is_its_octets() -> None:
    packet = syn_ack()
    assert packet == parse(packet.octets)
    assert hash(packet) == hash(parse(packet.octets))
    assert packet != syn_ack(seq=0)
    assert packet != packet.octets
    assert eval(repr(packet), {"parse": parse, "bytes": bytes}) == packet


@pytest.mark.parametrize(
    ("offset", "options", "payload"),
    [(0, "", "01" * 8), (4, "", "01" * 8), (6, "01" * 4, "01" * 4), (15, "01" * 8, "")],
)
def test_a_data_offset_is_taken_as_it_is(offset: int, options: str, payload: str) -> None:
    packet = syn_ack(options=bytes((1,)) * 8, offset=offset)
    assert packet.offset == offset
    assert packet.offset_ok is (offset == 6)
    assert (packet.options_octets.hex(), packet.payload.hex()) == (options, payload)
    assert packet.checksum_ok


def test_an_option_of_the_wrong_length_means_nothing_and_the_last_of_several_counts() -> None:
    wrong = b"\x02\x03\x05\x03\x04\x07\x07\x04\x03\x00\x08\x03\x00"
    packet = syn_ack(options=wrong)
    assert (packet.mss, packet.wscale, packet.sack_permitted, packet.timestamps) == (None, None, False, None)
    packet = syn_ack(options=opt.encode([opt.mss(1), opt.mss(2), opt.eol(), opt.mss(3)]))
    assert packet.mss == 2


def test_sack_blocks_that_are_whole_are_read() -> None:
    blocks = ((ISS, 4), (6, 9))
    both = opt.encode([opt.nop(), opt.nop(), opt.timestamps(1, 2), opt.nop(), opt.nop(), opt.sack(*blocks)])
    assert syn_ack(options=both).sack == blocks
    assert syn_ack(options=both).timestamps == (1, 2)
    assert syn_ack(options=opt.encode([opt.Option(opt.SACK, opt.sack(*blocks).octets[2:-1])])).sack == blocks[:1]
    assert syn_ack(options=opt.encode([opt.sack((1, 2))])).sack == ((1, 2),)


@pytest.mark.parametrize("size", range(28))
def test_options_that_are_cut_short_are_read_as_far_as_they_go(size: int) -> None:
    whole = b"\x01\x01" + opt.timestamps(1, 2).octets + b"\x01\x01" + opt.sack((ISS, 4)).octets
    packet = syn_ack(options=whole[:size], offset=15)
    assert packet.options_octets == whole[:size]
    assert packet.timestamps == (None if size < 12 else (1, 2))
    assert packet.sack == (() if size < 24 else ((ISS, 4),))


def test_what_a_link_appended_is_kept_apart() -> None:
    packet = parse(syn_ack(payload=b"x").octets + b"padding")
    assert (packet.payload, packet.checksum_ok) == (b"x", True)
    longer = packet.replace(payload=b"hello")
    assert longer.octets.endswith(b"hellopadding")
    assert (longer.payload, longer.checksum_ok, longer.ip_checksum_ok) == (b"hello", True, True)


def test_several_edits_at_once() -> None:
    packet = syn_ack(payload=b"hello")
    edited = packet.replace(ack=1001, flags=packet.flags | FIN | CWR, payload=b"", options=opt.mss(0).octets, ttl=1)
    assert notation(edited, iss=ISS) == "FS.W 0:0(0) ack 1001 win 65535 <mss 0>"
    assert (edited.checksum_ok, edited.ip_checksum_ok, edited.ttl, edited.offset) == (True, True, 1, 6)


def test_a_checksum_that_is_named_is_written_and_one_that_is_wrong_stays_wrong() -> None:
    wrong = syn_ack().replace(checksum=syn_ack().right_checksum ^ 0x8000)
    assert not wrong.checksum_ok
    assert error_of(wrong.replace(seq=5, payload=b"odd")) == error_of(wrong) != 0
    unlucky = syn_ack().replace(ip_checksum=0)
    assert not unlucky.ip_checksum_ok
    assert not unlucky.replace(ttl=3, payload=b"1").ip_checksum_ok


def test_more_fragments_can_be_set_but_not_parsed() -> None:
    packet = syn_ack().replace(ip_flags=1)
    assert (packet.ip_flags, packet.ip_checksum_ok, packet.checksum_ok) == (1, True, True)
    with pytest.raises(WireError):
        parse(packet.octets)


def test_options_under_a_named_offset_are_not_filled_up() -> None:
    packet = syn_ack(payload=b"data").replace(options=b"\x01\x01\x01", offset=6)
    assert (packet.options_octets, packet.payload, packet.checksum_ok) == (b"\x01\x01\x01d", b"ata", True)
    assert syn_ack().replace(options=b"\x01").options_octets == b"\x01\0\0\0"


@pytest.mark.parametrize(
    "edit",
    [
        {"seq": 1 << 32},
        {"seq": -1},
        {"flags": 256},
        {"offset": 16},
        {"reserved": 16},
        {"window": 65536},
        {"ttl": 256},
        {"tos": -1},
        {"ip_id": 65536},
        {"ip_flags": 8},
        {"ip_checksum": -1},
        {"checksum": 65536},
        {"options": bytes(41)},
        {"payload": bytes(65500)},
    ],
)
def test_a_value_that_does_not_fit_is_refused(edit: dict[str, Any]) -> None:
    with pytest.raises(WireError):
        syn_ack().replace(**edit)
    if "ip_" not in next(iter(edit)):
        with pytest.raises(WireError):
            syn_ack(src=CLIENT6, dst=SERVER6).replace(**edit | ({"payload": bytes(65536)} if "payload" in edit else {}))


def test_no_edit_makes_the_same_packet_also_with_the_other_zero_as_checksum() -> None:
    packet = syn_ack()
    zero = packet.replace(window=(packet.window + packet.checksum) % 0xFFFF)
    assert zero.checksum == 0
    other = zero.replace(checksum=0xFFFF)
    assert other.checksum_ok
    assert other.replace(seq=other.seq).octets == other.octets
    assert other.replace(ack=2).checksum == zero.replace(ack=2).checksum == zero.replace(ack=2).right_checksum


@given(st.data())
def test_what_parses_is_written_back(packets: Packets, data: st.DataObject) -> None:
    packet = data.draw(packets)
    assert packet.segment.encode(packet.src + packet.dst) == packet.octets[packet.tcp_at : packet.end]
    assert decode_ip(packet.octets).encode() == packet.octets
    assert b"".join([option.octets for option in packet.options]) == packet.options_octets
    assert packet.replace().octets == packet.octets
    same = {name: getattr(packet, name) for name in (*TCP_FIELDS, *IP_FIELDS)}
    assert packet.replace(**same, offset=packet.offset, payload=packet.payload).octets == packet.octets


@given(st.data())
def test_the_short_way_and_the_long_way_agree(packets: Packets, data: st.DataObject) -> None:
    packet = data.draw(packets)
    other = read(packet.octets)
    assert [getattr(packet, name) for name in Packet.__slots__] == [getattr(other, name) for name in Packet.__slots__]


@given(st.data())
def test_what_options_mean_is_what_the_last_of_each_kind_says(packets: Packets, data: st.DataObject) -> None:
    packet = data.draw(packets)
    bodies = {}
    for option in packet.options:
        if option.kind in (opt.EOL, opt.RAW):
            break
        bodies[option.kind] = option.body
    numbers = {
        kind: tuple(int.from_bytes(body[at : at + 4], "big") for at in range(0, len(body) - 3, 4))
        for kind, body in bodies.items()
    }
    edges = numbers.get(opt.SACK, ())[: len(bodies.get(opt.SACK, b"")) // 8 * 2]
    assert packet.sack == tuple(zip(edges[::2], edges[1::2], strict=True))
    assert packet.timestamps == (numbers[opt.TIMESTAMPS] if len(bodies.get(opt.TIMESTAMPS, b"")) == 8 else None)
    for found, kind, size in ((packet.mss, opt.MSS, 2), (packet.wscale, opt.WSCALE, 1)):
        assert found == (int.from_bytes(bodies[kind], "big") if len(bodies.get(kind, b"")) == size else None)
    assert packet.sack_permitted == (bodies.get(opt.SACK_PERMITTED) == b"")


@given(st.data())
def test_an_edit_changes_only_what_it_names(packets: Packets, data: st.DataObject) -> None:
    packet = data.draw(packets)
    edit = data.draw(edits(packet))
    edited = packet.replace(**edit)
    assert fields(edited) == fields(packet) | edit
    assert len(edited.octets) == len(packet.octets)
    assert error_of(edited) == error_of(packet)
    assert edited.ip_checksum_ok == packet.ip_checksum_ok
    if packet.checksum == packet.right_checksum:
        assert edited.checksum == edited.right_checksum
    if not edit.keys() & TCP_FIELDS.keys():
        assert edited.octets[edited.tcp_at :] == packet.octets[packet.tcp_at :]
    if edit.keys() <= TCP_FIELDS.keys():
        assert edited.octets[: edited.tcp_at] == packet.octets[: packet.tcp_at]


@given(st.data(), st.binary(max_size=40), st.binary(max_size=50))
def test_lengths_offset_and_checksums_follow(
    packets: Packets, data: st.DataObject, options: bytes, payload: bytes
) -> None:
    packet = data.draw(packets)
    edited = packet.replace(options=options, payload=payload)
    padded = options + bytes(-len(options) % 4)
    expected = {"options_octets": padded, "payload": payload, "offset": 5 + len(padded) // 4}
    assert fields(edited) == fields(packet) | expected
    assert edited.end == edited.tcp_at + 20 + len(padded) + len(payload)
    assert error_of(edited) == error_of(packet)
    assert edited.ip_checksum_ok == packet.ip_checksum_ok
    assert decode_ip(edited.octets).length is None


@given(st.data(), st.binary(max_size=60))
def test_a_payload_goes_behind_whatever_the_header_is(packets: Packets, data: st.DataObject, payload: bytes) -> None:
    packet = data.draw(packets)
    edited = packet.replace(payload=payload)
    assert edited.octets[edited.tcp_at : edited.end].endswith(packet.options_octets + payload)
    assert edited.offset == packet.offset
    assert error_of(edited) == error_of(packet)


@given(st.data(), st.integers(0, 0xFFFF), st.integers(0, 15))
def test_a_named_checksum_and_offset_stand_as_they_are(
    packets: Packets, data: st.DataObject, checksum: int, offset: int
) -> None:
    packet = data.draw(packets)
    edited = packet.replace(checksum=checksum, offset=offset)
    assert (edited.checksum, edited.offset) == (checksum, offset)
    at = packet.tcp_at
    differ = {i - at for i, (a, b) in enumerate(zip(packet.octets, edited.octets, strict=True)) if a != b}
    assert differ <= {12, 16, 17}


def use(octets: bytes) -> None:
    """Ask everything of octets that may be anything: a packet answers all of it, and WireError is the only way out."""
    try:
        packet = parse(octets)
    except WireError:
        return
    assert packet.octets == octets
    for name in dir(Packet):
        getattr(packet, name)
    assert packet.segment.encode(packet.src + packet.dst) == octets[packet.tcp_at : packet.end]
    assert notation(packet)


@given(st.binary(max_size=120))
@example(b"")
@example(b"\x45" + bytes(19))
@example(b"\x60" + bytes(39))
def test_any_octets_give_a_packet_or_a_wire_error(octets: bytes) -> None:
    use(octets)


@given(st.data())
@settings(max_examples=200)
def test_any_broken_packet_gives_a_packet_or_a_wire_error(packets: Packets, data: st.DataObject) -> None:
    octets = bytearray(data.draw(packets).octets)
    for _ in range(data.draw(st.integers(0, 4))):
        octets[data.draw(st.integers(0, min(len(octets), 90) - 1))] = data.draw(U8)
    use(bytes(octets[: data.draw(st.integers(0, len(octets)))] if data.draw(st.booleans()) else octets))


@given(st.data())
@settings(max_examples=60)
def test_scapy_reads_the_same(lawful_packets: Packets, data: st.DataObject) -> None:
    from scapy.layers.inet import IP, TCP
    from scapy.layers.inet6 import IPv6

    packet = data.draw(lawful_packets)
    theirs = (IP if packet.version == 4 else IPv6)(packet.octets)
    tcp = theirs[TCP]
    ours = (packet.sport, packet.dport, packet.seq, packet.ack, packet.offset, packet.window, packet.urgent)
    assert (tcp.sport, tcp.dport, tcp.seq, tcp.ack, tcp.dataofs, tcp.window, tcp.urgptr) == ours
    assert int(tcp.flags) & 0xFF == packet.flags
    assert int(tcp.reserved) << 1 | int(tcp.flags) >> 8 == packet.reserved
    assert bytes(tcp.payload) == packet.payload
    assert (theirs.ttl if packet.version == 4 else theirs.hlim) == packet.ttl
    assert packet.checksum_ok
    assert packet.ip_checksum_ok


@given(st.data())
@settings(max_examples=60)
def test_scapy_computes_the_same_checksums(packets: Packets, data: st.DataObject) -> None:
    from scapy.layers.inet import IP, in4_chksum
    from scapy.layers.inet6 import IPv6, in6_chksum

    packet = data.draw(packets)
    segment = packet.octets[packet.tcp_at : packet.end]
    if packet.version == 4:
        header = IP(src=".".join(map(str, packet.src)), dst=".".join(map(str, packet.dst)))
        theirs = in4_chksum(6, header, segment)
    else:
        theirs = in6_chksum(6, IPv6(packet.octets[:8] + packet.src + packet.dst), segment)
    assert packet.checksum_ok == (theirs == 0)
    zeroed = segment[:16] + b"\0\0" + segment[18:]
    if packet.version == 4:
        theirs = in4_chksum(6, header, zeroed)
    else:
        theirs = in6_chksum(6, IPv6(packet.octets[:8] + packet.src + packet.dst), zeroed)
    assert packet.right_checksum == theirs


def test_a_push_passes_through_scapy_unchanged() -> None:
    from scapy.layers.inet import IP

    packet = syn_ack(flags=PSH | ACK, options=b"", payload=b"hello")
    assert bytes(IP(packet.octets)) == packet.octets
