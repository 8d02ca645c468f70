"""Broken endpoints that are wrong about resets: which to send, which to believe, and what comes after one."""

from tcpchaos.seq import add
from tcpchaos.sim.host import Host
from tcpchaos.sim.mutants import mutant
from tcpchaos.sim.tcp import Tcp
from tcpchaos.sim.tcp.block import NEVER
from tcpchaos.wire import ACK, RST, Packet


@mutant(
    "answers-resets",
    rule="FL-11",
    plan="on server=closed after 1s: inject to server rst seq=snd.nxt",
    workload="abort-server",
)
class AnswersResets(Host):
    """Answers a reset for which there is no connection with another one."""

    def is_answered(self, packet: Packet) -> bool:
        """Answer everything."""
        return True


@mutant(
    "deaf-to-resets",
    rule="RS-01",
    plan="on server=established after 500ms: inject to server rst seq=rcv.nxt",
    workload="keepalive",
)
class DeafToResets(Tcp):
    """Goes on after a reset with exactly the number that is expected."""

    def is_exact_reset(self, packet: Packet) -> bool:
        """Believe none."""
        return False


@mutant("believes-any-in-window", rule="RS-02", plan="client data#2: inject to server rst seq=rcv.nxt+1")
class BelievesAnyInWindow(Tcp):
    """Believes a reset anywhere in its window, as RFC 793 had it (CVE-2004-0230)."""

    def is_exact_reset(self, packet: Packet) -> bool:
        """Ask for the window alone."""
        return self.is_reset_in_window(packet)


@mutant(
    "takes-a-reset-for-the-end",
    rule="RS-13",
    plan="on server=established after 500ms: inject to server rst seq=rcv.nxt",
    workload="keepalive",
)
class TakesAResetForTheEnd(Tcp):
    """Tells its application of a reset as if the peer had closed in good order."""

    def believe_reset(self) -> None:
        """Have it read the end of the stream."""
        self.fin_received = True
        self.end()


@mutant("aborts-out-of-its-stream", rule="RS-06", workload="abort-server")
class AbortsOutOfItsStream(Tcp):
    """Sends a reset for its end with a number that its peer can't accept."""

    def send_abort(self) -> None:
        """Take any number."""
        self.put(add(self.snd_nxt, 1_000_000), RST | ACK, ack=self.ack_number())


@mutant("resets-what-it-can-not-place", rule="RS-07", plan="client data#2: ack+=1000000")
class ResetsWhatItCanNotPlace(Tcp):
    """Answers a segment that acknowledges what was never sent with a reset, though the connection is open."""

    def answer_unacceptable(self, packet: Packet) -> None:
        """Refuse it as if the connection were only being opened."""
        self.send_refusal(packet.ack)


@mutant("aborts-and-goes-on", rule="RS-11", plan="client rst: drop", workload="abort-server")
class AbortsAndGoesOn(Tcp):
    """Sends its FIN after its reset."""

    def abort(self, now_us: int) -> None:
        """Do both."""
        self.now = now_us
        self.send_abort()
        self.shutdown(now_us)


@mutant("aborts-with-a-guess", rule="RS-18", workload="abort-server")
class AbortsWithAGuess(Tcp):
    """Acknowledges in a reset what has not come yet."""

    def send_abort(self) -> None:
        """Guess what the peer is about to send."""
        self.put(self.bare_seq(), RST | ACK, ack=add(self.rcv_nxt, 5000))


@mutant(
    "challenges-without-end",
    rule="RS-14",
    plan="on server=established after 500ms: inject to server rst seq=rcv.nxt+5\n"
    "server ack#2-60: inject to server rst seq=rcv.nxt+5",
    workload="keepalive",
)
class ChallengesWithoutEnd(Tcp):
    """Challenges each reset that is not exact, however many there are."""

    def may_challenge(self) -> bool:
        """Always."""
        return True


@mutant("believes-any-reset", rule="RS-17", plan="client data#2: inject to server rst seq=rcv.nxt+100000000")
class BelievesAnyReset(Tcp):
    """Believes a reset wherever it lies."""

    def is_exact_reset(self, packet: Packet) -> bool:
        """Ask for no number."""
        return True


@mutant("cries-reset", rule="RS-16", plan="server data#1: blackhole both for 5s")
class CriesReset(Tcp):
    """Tells its application of a reset when it has just lost patience."""

    def give_up(self) -> None:
        """Blame the peer."""
        self.end("reset")

    def most_retries(self) -> int:
        """Try twice."""
        return 2


@mutant("keeps-resets-to-itself", rule="RS-41", workload="abort")
class KeepsResetsToItself(Tcp):
    """Never tells its application of a reset."""

    def receive(self, most: int, now_us: int) -> bytes | None:
        """Have it wait for more."""
        return None if self.error == "reset" and not self.arrived else super().receive(most, now_us)


@mutant("calls-every-reset-a-refusal", rule="RS-42", workload="abort")
class CallsEveryResetARefusal(Tcp):
    """Tells its application of any reset that the connection was refused."""

    def believe_reset(self) -> None:
        """Know one word for it."""
        self.end("refused")


@mutant(
    "dies-in-syn-sent",
    rule="RS-04",
    plan="server syn-ack#1: delay 900ms\non client=syn-sent after 500ms: inject to client flags=rst|ack seq=0 ack=4711",
    side="client",
)
class DiesInSynSent(Tcp):
    """Takes a reset in SYN-SENT for a refusal, whatever it acknowledges."""

    def _arrives_in_syn_sent(self, packet: Packet) -> None:
        if packet.flags & RST:
            self.end("refused")
        else:
            super()._arrives_in_syn_sent(packet)


@mutant("resets-who-asks-twice", rule="AP-01", plan="client syn#1: duplicate")
class ResetsWhoAsksTwice(Tcp):
    """Resets a half-open connection when its SYN comes again."""

    def take_syn(self, packet: Packet) -> None:
        """Take no part in what looks like an attack."""
        self.reset(None)


@mutant(
    "plays-on-after-a-reset",
    rule="RS-21",
    plan="on server=established after 500ms: inject to server rst seq=rcv.nxt",
    workload="keepalive",
)
class PlaysOnAfterAReset(Tcp):
    """Keeps a connection that was reset, and only sends nothing any more."""

    def believe_reset(self) -> None:
        """Stop all timers."""
        self.rto_at = self.persist_at = self.delayed_ack_at = self.keepalive_at = NEVER

    def emit(self, packet: Packet) -> None:
        """Send nothing once there are no timers."""
        if self.keepalive_at != NEVER or self.now < 400_000:
            super().emit(packet)
