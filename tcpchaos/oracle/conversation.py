"""What the two applications of one connection wrote, read and were told, compared octet by octet as it happens."""

from collections import deque
from collections.abc import Callable

from tcpchaos.rfc import Account
from tcpchaos.trace import Side

# Whose stream and where in it, from 0 on: the octet that was sent there first, None where that is not known.
Sent = Callable[[Side, int], int | None]


class Conversation:
    """The ledger of one connection. It keeps only what was written and not yet read, however long it runs.

    `sent` is asked, as soon as another octet is read than was written, whether it was sent so. Of a `silent` side
    nothing is ever told: what its peer reads can't be compared with anything.
    """

    def __init__(self, sent: Sent = lambda side, at: None, *, silent: Side | None = None) -> None:
        self.silent = silent
        self._sent = sent
        self.accounts = (Account(), Account())
        self._unread: tuple[deque[bytes], deque[bytes]] = (deque(), deque())

    def account(self, side: Side) -> Account:
        """What one application did and was told."""
        return self.accounts[side]

    def wrote(self, side: Side, octets: bytes) -> None:
        """`side` is about to hand these octets to its stack."""
        self.accounts[side].wrote += len(octets)
        if octets and self.accounts[side.peer].differs_at is None and side.peer is not self.silent:
            self._unread[side].append(bytes(octets))

    def read(self, side: Side, octets: bytes) -> None:
        """`side` has read these octets."""
        account, unread = self.accounts[side], self._unread[side.peer]
        if side.peer is self.silent:
            account.read += len(octets)
            return
        rest = memoryview(bytes(octets))
        while rest and account.differs_at is None:
            expected = unread.popleft() if unread else b""
            now = bytes(rest[: len(expected)])
            if not expected or now != expected[: len(now)]:
                same = (i for i, (a, b) in enumerate(zip(expected, now, strict=False)) if a != b)
                first = next(same, len(expected))
                account.differs_at, account.octet = account.read + first, rest[first]
                account.sent = self._sent(side.peer, account.differs_at)
                unread.clear()
                break
            if len(now) < len(expected):
                unread.appendleft(expected[len(now) :])
            account.read += len(now)
            rest = rest[len(now) :]
        account.read += len(rest)

    def ended(self, side: Side, how: str) -> None:
        """`side` was told that the stream is over: `eof`, or the name of an error such as `reset`."""
        # After an error that one call was told of, the next one is only told that nobody is there.
        account = self.accounts[side]
        if how == "pipe" and account.closed is None:
            account.muted = True
        if account.ended in (None, "pipe", "gone"):
            account.ended = how

    def waits(self, side: Side, at_us: int) -> None:
        """`side` is waiting for octets or for the end of them, and the run is about to be cut off."""
        self.accounts[side].waits_at_us = at_us

    def closed(self, side: Side, how: str) -> None:
        """`side` is about to end its half: `shutdown`, `close` or `abort`."""
        account = self.accounts[side]
        if account.closed is None or how == "abort":
            account.closed = how
