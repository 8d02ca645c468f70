"""The book that a workload keeps: what each application wrote and read, and how each side of a connection ended.

The octets themselves go on to whoever judges them (the oracle); what stays here is counts, so that a connection costs
the same memory however much passes through it.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Final, Protocol

from tcpchaos.trace import Side

# Enough for every connection of any run that a person looks at; the kept promises among the rest are only counted.
ACCOUNTS_KEPT: Final = 4096


# How much an end says. After an error that one call was told of, the next one is only told that nobody is there.
_WEIGHTS: Final = {"": -1, "eof": 0, "pipe": 1, "gone": 1}


class Conversation(Protocol):
    """What is to be told about the two applications of one connection."""

    def wrote(self, side: Side, octets: bytes) -> None:
        """This side is about to hand these octets to its TCP."""

    def read(self, side: Side, octets: bytes) -> None:
        """This side's TCP gave it these octets."""

    def ended(self, side: Side, how: str) -> None:
        """This side learnt that there is nothing more: "eof", or the error with which the connection ended."""

    def closed(self, side: Side, how: str) -> None:
        """This side is about to let go: "shutdown" of its direction, "close", "abort"."""

    def waits(self, side: Side, at_us: int) -> None:
        """This side waits for octets, and the run is about to be cut off."""


class Ledger(Protocol):
    """Who wants to be told: gives a conversation for the connection between two ports."""

    def application(self, client_port: int, server_port: int) -> Conversation:
        """Return the conversation over this connection."""


@dataclass(slots=True, eq=False)
class Account:
    """One connection as its two applications saw it; pairs are the client's and the server's, counts are octets.

    `kept` tells whether a side's part in the workload was played to its end, `ended` how its hearing ended ("" while
    it has not), `closed` how it let go, and `doing` what it is waiting for just now.
    """

    number: int
    client_port: int
    server_port: int
    wrote: list[int]
    read: list[int]
    ended: list[str]
    closed: list[str]
    kept: list[bool]
    doing: list[dict[str, str]]
    joined: list[bool]
    conversation: Conversation | None

    def say_wrote(self, side: Side, octets: bytes) -> None:
        """Note octets before they are handed over: a reader may be quicker than the call that sends them returns."""
        self.wrote[side] += len(octets)
        if self.conversation is not None:
            self.conversation.wrote(side, octets)

    def say_read(self, side: Side, octets: bytes) -> None:
        """Note octets that were read."""
        self.read[side] += len(octets)
        if self.conversation is not None:
            self.conversation.read(side, octets)

    def say_ended(self, side: Side, how: str) -> None:
        """Note how a side learnt that there is nothing more to come; what says more outweighs what says less."""
        if _WEIGHTS.get(how, 2) > _WEIGHTS.get(self.ended[side], 2):
            self.ended[side] = how
            if self.conversation is not None:
                self.conversation.ended(side, how)

    def say_closed(self, side: Side, how: str) -> None:
        """Note how a side is about to let go."""
        self.closed[side] = how
        if self.conversation is not None:
            self.conversation.closed(side, how)

    @property
    def whole(self) -> bool:
        """Whether both sides played their parts to the end."""
        return self.kept[Side.CLIENT] and self.kept[Side.SERVER]


class Recorder:
    """The accounts of all connections of one workload, forwarded to a ledger as they are written."""

    def __init__(self, ledger: Ledger | None = None) -> None:
        self._ledger = ledger
        self._open: dict[tuple[int, int], Account] = {}
        self._connecting = [0, 0]
        self.accounts: list[Account] = []
        self.connections = 0
        self.whole = 0

    def join(self, side: Side, client_port: int, server_port: int) -> Account:
        """Return the account of the connection that this side just got, the same for both sides of it."""
        account = self._open.get((client_port, server_port))
        if account is None or account.joined[side]:
            account = self._new(client_port, server_port)
            self._open[client_port, server_port] = account
        account.joined[side] = True
        return account

    def failed(self, side: Side, how: str, *, client_port: int = 0, server_port: int = 0) -> None:
        """Note that this side tried to connect, from these ports if they are known, and got none: "refused", ..."""
        account = self.join(side, client_port, server_port) if client_port else self._new(0, 0)
        account.say_ended(side, how)

    def unite(self, side: Side) -> None:
        """Make one account of an attempt of this side's that failed and the connection that the other side got.

        The error of an attempt does not say which connection it was, but a workload with only one knows.
        """
        failed = [account for account in self.accounts if not account.client_port]
        half = [account for account in self.accounts if account.client_port and not account.joined[side]]
        if len(failed) == len(half) == 1:
            half[0].say_ended(side, failed[0].ended[side])
            self.accounts.remove(failed[0])
            self.connections -= 1

    @contextmanager
    def connecting(self, side: Side) -> Iterator[None]:
        """Note that this side is waiting for a connection while the block runs."""
        self._connecting[side] += 1
        try:
            yield
        finally:
            self._connecting[side] -= 1

    def finish(self, account: Account, side: Side, *, kept: bool) -> None:
        """Note that a side's part is over, and whether it was played to its end."""
        account.kept[side] = kept
        account.doing[side].clear()
        if account.whole:
            self.whole += 1
            if len(self.accounts) > ACCOUNTS_KEPT:
                self.accounts.remove(account)
            self._open.pop((account.client_port, account.server_port), None)

    def unanswered(self, side: Side) -> int:
        """Count the connections that the other side has and this side has not taken yet."""
        return sum(account.joined[side.peer] and not account.joined[side] for account in self._open.values())

    def tell_waiting(self, at_us: int) -> None:
        """Tell, of each side that waits for octets, that it still does at this time."""
        for account in self._open.values():
            for side in Side:
                if "reading" in account.doing[side] and account.conversation is not None:
                    account.conversation.waits(side, at_us)

    def waiting(self) -> tuple[str, ...]:
        """Say, a sentence each, what the sides of unfinished connections are waiting for."""
        lines = [
            f"{side} was connecting" + (f" ({self._connecting[side]} times)" if self._connecting[side] > 1 else "")
            for side in Side
            if self._connecting[side]
        ]
        for account in self._open.values():
            where = f" on connection {account.number}" if self.connections > 1 else ""
            for side in Side:
                if account.doing[side]:
                    doing = " and ".join(f"{what} {at}".strip() for what, at in account.doing[side].items())
                    lines.append(f"{side} was {doing}{where}")
        return tuple(lines)

    def _new(self, client_port: int, server_port: int) -> Account:
        self.connections += 1
        account = Account(
            number=self.connections,
            client_port=client_port,
            server_port=server_port,
            wrote=[0, 0],
            read=[0, 0],
            ended=["", ""],
            closed=["", ""],
            kept=[False, False],
            doing=[{}, {}],
            joined=[False, False],
            conversation=self._ledger.application(client_port, server_port) if self._ledger and client_port else None,
        )
        self.accounts.append(account)
        return account
