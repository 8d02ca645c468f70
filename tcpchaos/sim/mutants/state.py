"""Broken endpoints that say they are in another state than they are, or that their figures are others."""

from tcpchaos.seq import add
from tcpchaos.sim.host import Host
from tcpchaos.sim.mutants import mutant
from tcpchaos.sim.tcp import State, Tcp
from tcpchaos.trace import Socket
from tcpchaos.wire import Packet


class _Says(Tcp):
    """Says that it is in another state than it is."""

    really: State
    says: State

    def view(self) -> Socket:
        """Say so."""
        view = super().view()
        return view._replace(state=self.says.value) if self.state is self.really else view


@mutant("says-closed-by-peer", rule="ST-06", workload="keepalive")
class SaysClosedByPeer(_Says):
    """Says CLOSE-WAIT, though its peer has not closed."""

    really, says = State.ESTABLISHED, State.CLOSE_WAIT


@mutant("says-closing", rule="ST-05", plan="server data#1-10: drop", workload="half-close-client", side="client")
class SaysClosing(_Says):
    """Says TIME-WAIT, though its peer has not closed."""

    really, says = State.FIN_WAIT_2, State.TIME_WAIT


@mutant("says-fin-acked", rule="ST-04", plan="client fin#1: delay 500ms", side="client")
class SaysFinAcked(_Says):
    """Says FIN-WAIT-2, though its FIN was not acknowledged."""

    really, says = State.FIN_WAIT_1, State.FIN_WAIT_2


@mutant("says-closed", rule="ST-03", workload="keepalive")
class SaysClosed(_Says):
    """Says FIN-WAIT-1, though its application has not closed."""

    really, says = State.ESTABLISHED, State.FIN_WAIT_1


@mutant("says-open-too-soon", rule="ST-02", plan="client ack#1: delay 500ms", workload="bulk-down")
class SaysOpenTooSoon(_Says):
    """Says ESTABLISHED, though its SYN-ACK was not acknowledged."""

    really, says = State.SYN_RECEIVED, State.ESTABLISHED


@mutant("says-open-unanswered", rule="HS-05", plan="server syn-ack#1: drop", side="client")
class SaysOpenUnanswered(_Says):
    """Says ESTABLISHED, though nothing has answered its SYN."""

    really, says = State.SYN_SENT, State.ESTABLISHED


@mutant(
    "says-open-when-crossed",
    rule="HS-15",
    plan="server any#2-20: delay 900ms",
    workload="simultaneous-open",
    side="client",
)
class SaysOpenWhenCrossed(_Says):
    """Says ESTABLISHED when the SYNs have crossed, though its own was not acknowledged."""

    really, says = State.SYN_RECEIVED, State.ESTABLISHED


@mutant("waits-for-nothing", rule="ST-09", plan="client ack when client=time-wait: delay 300ms")
class WaitsForNothing(Tcp):
    """Enters TIME-WAIT from LAST-ACK, though its peer closed first."""

    def fin_was_acked(self) -> None:
        """Wait in any case."""
        if self.state is State.LAST_ACK:
            self.wait_out()
        else:
            super().fin_was_acked()


@mutant("says-it-waits-when-crossed", rule="ST-08", workload="simultaneous-close")
class SaysItWaitsWhenCrossed(_Says):
    """Says TIME-WAIT when the FINs have crossed, though its own was not acknowledged."""

    really, says = State.CLOSING, State.TIME_WAIT


@mutant("says-it-opens-again", rule="ST-10", workload="keepalive")
class SaysItOpensAgain(_Says):
    """Says SYN-RECEIVED in the middle of a connection."""

    really, says = State.ESTABLISHED, State.SYN_RECEIVED


@mutant("says-still-open", rule="ST-12", plan="client fin#1: delay 500ms", side="client")
class SaysStillOpen(_Says):
    """Says ESTABLISHED after it has sent its FIN."""

    really, says = State.FIN_WAIT_1, State.ESTABLISHED


@mutant("counts-too-much-received", rule="DI-07", workload="keepalive")
class CountsTooMuchReceived(Tcp):
    """Counts octets as received that never came."""

    def view(self) -> Socket:
        """Count the headers, too."""
        view = super().view()
        return view._replace(bytes_received=(view.bytes_received or 0) + 20 * self.segments_received)


@mutant("counts-too-much-acked", rule="DI-08", workload="keepalive")
class CountsTooMuchAcked(Tcp):
    """Counts octets as acknowledged that were only sent, and more."""

    def view(self) -> Socket:
        """Count the headers, too."""
        view = super().view()
        return view._replace(bytes_acked=(view.bytes_acked or 0) + 20 * self.segments_sent)


@mutant("dreams-of-windows", rule="DI-09", workload="keepalive")
class DreamsOfWindows(Tcp):
    """Believes that its peer offers a window twice as large as it says."""

    def view(self) -> Socket:
        """Double it."""
        view = super().view()
        return view._replace(snd_wnd=2 * (view.snd_wnd or 0))


@mutant("promises-to-itself", rule="DI-10", workload="keepalive")
class PromisesToItself(Tcp):
    """Believes that it has offered a larger window than it has."""

    def view(self) -> Socket:
        """Double it."""
        view = super().view()
        return view._replace(rcv_wnd=2 * (view.rcv_wnd or 0))


@mutant("shifts-by-fifteen", rule="OP-27", plan="client syn#1: wscale=15", workload="keepalive")
class ShiftsByFifteen(Tcp):
    """Shifts windows by as much as its peer asks for, even where that is more than 14 bits."""

    def agree_on_scale(self, peers: int | None) -> None:
        """Ask for no limit."""
        super().agree_on_scale(peers)
        if peers is not None:
            self.snd_shift = peers


@mutant("tires-of-questions", rule="ST-13", plan="client data#2-5: drop")
class TiresOfQuestions(Host):
    """Says nothing of its connections any more after it was asked three times."""

    asked = 0

    def sockets(self) -> list[Socket]:
        """Leave all out but the listeners."""
        self.asked += 1
        return [each for each in super().sockets() if self.asked <= 3 or each.state == State.LISTEN]


@mutant(
    "dies-of-a-reset-nearby",
    rule="RS-03",
    plan="on server=established after 500ms: inject to server rst seq=rcv.nxt+100000000",
    workload="keepalive",
)
class DiesOfAResetNearby(Tcp):
    """Believes a reset outside of its window, and tells nobody."""

    def is_exact_reset(self, packet: Packet) -> bool:
        """Ask for no number."""
        return True

    def believe_reset(self) -> None:
        """Just go."""
        self.end()


@mutant(
    "dies-of-a-syn",
    rule="ST-10",
    plan="client data#2-5: drop\non server=established after 300ms: inject to server syn seq=rcv.nxt+1",
)
class DiesOfASyn(Tcp):
    """Takes a SYN in its window for the end of the connection (CVE-2004-0230)."""

    def take_syn(self, packet: Packet) -> None:
        """Make room for the next one."""
        self.end("reset")


@mutant("closes-twice", rule="ST-01", side="client")
class ClosesTwice(Tcp):
    """Enters CLOSE-WAIT from FIN-WAIT-2, as if it had not closed first."""

    def peer_has_closed(self) -> None:
        """Know one answer to a FIN."""
        self.enter(State.CLOSE_WAIT)


@mutant("leaves-with-its-fin", rule="ST-07")
class LeavesWithItsFin(Tcp):
    """Forgets the connection as soon as it has sent the FIN that answers its peer's."""

    def send_segment(self, seq: int, payload: bytes, fin: bool) -> None:
        """Trust that it arrives."""
        super().send_segment(seq, payload, fin)
        if fin and self.state is State.LAST_ACK:
            self.end()


@mutant("acks-and-ignores-the-fin", rule="ST-11")
class AcksAndIgnoresTheFin(Tcp):
    """Acknowledges its peer's FIN, and goes on as if the peer had not closed."""

    def take_fin(self) -> None:
        """Count it, and nothing more."""
        self.rcv_nxt = add(self.rcv_nxt, 1)
        self.ack_now = True
