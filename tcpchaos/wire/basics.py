"""The names that every file of this part needs: the one exception and the eight flags, which import nothing."""

from typing import Final


class WireError(ValueError):
    """Octets that are not what they were taken for, or a value that the field it was meant for cannot hold."""


# The control bits of RFC 9293, section 3.1, in the octet that holds all eight of them. Plain integers: an enum's
# arithmetic costs a microsecond a time, and these are asked for several times a segment.
FIN: Final = 1
SYN: Final = 2
RST: Final = 4
PSH: Final = 8
ACK: Final = 16
URG: Final = 32
ECE: Final = 64
CWR: Final = 128

FLAG_NAMES: Final = {"fin": FIN, "syn": SYN, "rst": RST, "psh": PSH, "ack": ACK, "urg": URG, "ece": ECE, "cwr": CWR}

# Protocol numbers that stand in an IPv4 header's protocol field or in a next-header field.
TCP: Final = 6

# The fixed part of a TCP header, and the most that a data offset of 15 words leaves for options.
TCP_HEADER_OCTETS: Final = 20
OPTIONS_MOST_OCTETS: Final = 40
