"""The examples from which people learn the notation, once for the help of the command line and for the README."""

from collections.abc import Iterator
from typing import Final, NamedTuple


class Example(NamedTuple):
    """A line of a plan and what it does."""

    line: str
    does: str


EXAMPLES: Final[dict[str, tuple[Example, ...]]] = {
    "Lose, delay, reorder": (
        Example("client syn#1: drop", "the first SYN is lost"),
        Example("client data: drop 10%", "each data segment with this probability, the same ones at every replay"),
        Example("seed 7", "other draws for the probabilities of this plan"),
        Example("client data#2: delay 50ms", "us, ms or s"),
        Example("any any: rate 1mbit queue 20", "a line each way; of those that wait for it 20 are kept"),
        Example("server fin: duplicate 2 after 10ms", "two more copies, 10 ms apart"),
        Example("client data#2: hold 3", "until 3 more segments of the client have passed"),
        Example("server data#1: hold until server fin", "until the server's next FIN has passed"),
    ),
    "Select": (
        Example("any any: duplicate", "either sender; syn, syn-ack, ack, data, fin, rst or any"),
        Example("client data#2-5: drop", "the 2nd to the 5th; #2- and all after it; #2-20/3 every third"),
        Example("client data again: drop", "retransmissions; first: what is sent for the first time"),
        Example("client any flags=syn|ack: drop", "exactly these flags; letters as in a report: flags=S."),
        Example('client data has "GET ": drop', 'these octets in the payload; also "\\r\\n", "\\xff" and 0x47455420'),
        Example("client data len>100: drop", "payload length: =, < or >"),
        Example(
            "client data when server=close-wait: drop", "the server is in CLOSE-WAIT; more states: closing|last-ack"
        ),
        Example("client data#1 conn#2: drop", "on the second connection of the run"),
    ),
    "Change the payload": (
        Example("client data#1: split 1", "one octet, then the rest; split every 100"),
        Example("client data#1: coalesce", "joined with the next data segment"),
        Example("client data#1: truncate 5", "only 5 octets go on"),
        Example("server data#1: corrupt 0 0xff", "octet 0 XOR ff; the checksum is made right again"),
        Example("server data#1: corrupt 0 0xff, checksum=bad", "and wrong here"),
    ),
    "Change the headers": (
        Example("server syn-ack: ack+=1000", "any field: =, += or -=; sums such as ack=snd.nxt+1"),
        Example("client ack#1: flags+=fin|urg, urgent=1", "set flags; flags-=ack clears, flags=none is none at all"),
        Example("client data#3: window=0, offset=15, reserved=1", "also sport, dport, seq, checksum"),
        Example("server any: ttl=1, tos=8, ecn=3, ip-id=0, ip-flags=df", "the IP header, with ip-checksum"),
    ),
    "Change the options": (
        Example("client syn#1: mss=0, wscale=15", "also tsval, tsecr, uto; put there if missing"),
        Example("server any: tsval-=1000", "timestamps that run backwards"),
        Example("client syn: remove sackOK", "eol nop mss wscale sackOK sack TS md5 uto FO, or kind 254"),
        Example("client syn: add <nop,FO 0102,kind 254 dead>", "after those that are there"),
        Example("server any: replace sack <sack snd.una-9:snd.una>", "another in its place"),
        Example("client syn: garble mss length 3", "a wrong length octet"),
        Example("client syn: options=<mss 1460,wscale 7 length 9,raw 0200>", "all of them anew; <> for none"),
    ),
    "Inject": (
        Example(
            "on client=established: inject to client rst seq=rcv.nxt",
            "as if from the server; when the state is entered",
        ),
        Example("on server=syn-received #2 after 10ms: inject to server fin", "the second time, and 10 ms later"),
        Example('server data#1: inject to both data "hello" seq=rcv.nxt-5 ack=snd.nxt', "when a segment passes"),
        Example(
            "client data#3: inject to server flags=syn|fin window=0 checksum=bad <mss 9>", "any flags, fields, options"
        ),
        Example("on client=established: inject to client icmp port-unreachable", "quotes what the client sent last"),
        Example(
            "client data#3: inject to client icmp too-big mtu=1280 seq=snd.una-1",
            "fragmentation needed, packet too big",
        ),
    ),
    "Cut and heal": (
        Example("client data#3: blackhole both for 500ms", "nothing passes; client: nothing that the client sends"),
        Example("on server=fin-wait-1: blackhole client", "until it is healed"),
        Example("server any again: heal both", "ends it"),
    ),
}

VARIABLES: Final = (
    ("rcv.nxt rcv.wnd", "what the endpoint expects next, and the window it offers"),
    ("snd.una snd.nxt snd.wnd", "its oldest unacknowledged number, its next one, and the window it may use"),
    ("iss irs", "its initial number, and its peer's: what reports call 1 is iss+1, or irs+1"),
    ("ts.val ts.recent", "the timestamp that it sent last, and the one that it got last"),
    ("seg.seq seg.ack seg.len seg.wnd", "of the segment that the rule is about"),
)
WHOSE: Final = "Variables are those of the endpoint that receives the segment; client., server. or peer. names another."


def lines(width: int = 58) -> Iterator[str]:
    """Yield the notation as plain text: topics, examples at the left and what they do from column `width` on."""
    for topic, examples in EXAMPLES.items():
        yield topic
        for line, does in examples:
            yield f"  {line:<{width}}  # {does}"
        yield ""
    yield f"Numbers left to the moment: {WHOSE[0].lower()}{WHOSE[1:]}"
    for names, meaning in VARIABLES:
        yield f"  {names:<{width}}  # {meaning}"
