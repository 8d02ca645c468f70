"""The states of a connection under RFC 9293's names, and what an endpoint does in which of them.

The table of arrows is nobody's business here: an endpoint is in a state because of what it did.
"""

from enum import StrEnum
from typing import Final, NamedTuple


class State(StrEnum):
    """A state of RFC 9293, section 3.3.2."""

    CLOSED = "CLOSED"
    LISTEN = "LISTEN"
    SYN_SENT = "SYN-SENT"
    SYN_RECEIVED = "SYN-RECEIVED"
    ESTABLISHED = "ESTABLISHED"
    FIN_WAIT_1 = "FIN-WAIT-1"
    FIN_WAIT_2 = "FIN-WAIT-2"
    CLOSE_WAIT = "CLOSE-WAIT"
    CLOSING = "CLOSING"
    LAST_ACK = "LAST-ACK"
    TIME_WAIT = "TIME-WAIT"


class Move(NamedTuple):
    """From one state to another at this time, in microseconds; `by_reset` if a reset that arrived made it."""

    at_us: int
    before: State
    after: State
    by_reset: bool


# Where the own SYN is not acknowledged yet.
OPENING: Final = frozenset({State.SYN_SENT, State.SYN_RECEIVED})
# Where octets or a FIN of our own may be on their way, or wait for it.
SENDING: Final = frozenset(
    {State.ESTABLISHED, State.CLOSE_WAIT, State.FIN_WAIT_1, State.CLOSING, State.LAST_ACK},
)
# Where text of the peer's is taken in (section 3.10.7.4, seventh).
RECEIVING: Final = frozenset({State.ESTABLISHED, State.FIN_WAIT_1, State.FIN_WAIT_2})
# Where an ABORT is told to the peer (section 3.10.5).
TELLS_OF_ABORT: Final = frozenset(
    {State.SYN_RECEIVED, State.ESTABLISHED, State.FIN_WAIT_1, State.FIN_WAIT_2, State.CLOSE_WAIT},
)
