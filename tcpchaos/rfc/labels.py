"""The 119 requirements that RFC 9293 labels (its appendix B), and what an observer can say of each.

Which rules judge a requirement stands with the rules, and nowhere else. What stands here is where the RFC has it, what
it is about, and, where no rule judges it or none can judge all of it, why.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final, Literal

from tcpchaos.rfc import LAW

# A rule tells a breach; only an application can see one; or nobody can tell one from what is legal.
Sight = Literal["judged", "application", "unobservable"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Requirement:
    """One labelled requirement of RFC 9293.

    `why` says why no rule judges it and, of one that is judged, what the rules do not see of it.
    """

    label: str
    section: str
    subject: str
    sight: Sight
    why: str

    @property
    def judged_by(self) -> tuple[str, ...]:
        """The ids of the rules that judge it, in their order."""
        return tuple(rule.id for rule in LAW if self.label in rule.labels)


# Label, section, sight and subject in a line; below it, further in, the reason.
_TABLE: Final = """\
MUST-1  3.1        judged        a window is an unsigned number
    Whoever takes a large window for a shut one and probes it is only slow, which no rule holds against it.
MUST-2  3.1        judged        whoever sends computes the checksum
MUST-3  3.1        judged        whoever receives checks the checksum
MUST-4  3.1        judged        End of Option List, No-Operation and Maximum Segment Size are known
MUST-5  3.1        judged        an option may come on any segment
MUST-6  3.1        judged        an unknown option is ignored
MUST-7  3.1        judged        an option of illegal length is coped with
    Only that a kernel stumbles is held against it: a connection may be reset for such an option.
MUST-8  3.4.1      unobservable  initial sequence numbers follow a clock
    A secret is added to the clock's number, so that the sum looks like any other number.
MUST-9  3.4.1      unobservable  what is added to that clock can't be computed from outside
    That nobody can compute a number is not shown by any amount of numbers.
MUST-10 3.5        judged        simultaneous open
MUST-11 3.5        judged        SYN-RECEIVED remembers whether the OPEN was passive
    Only that the listener lives on is seen: how an active OPEN fails is told to its application.
MUST-12 3.6        judged        the application learns whether its peer closed or reset
MUST-13 3.6.1      judged        who closes first stays in TIME-WAIT for 2 MSL
    Only that it goes there, and that nobody else does: how long an MSL is the implementer chooses.
MUST-14 3.7.1      judged        the MSS option is sent and received
    That one is never sent proves nothing: what it would say may be the default.
MUST-15 3.7.1      judged        without an MSS option the peer takes 536 octets, or 1220 over IPv6
MUST-16 3.7.1      judged        segments are as long as both the peer's MSS and the own IP layer permit
    What the own IP layer permits only the sender knows.
MUST-17 3.7.4      application   an application can switch the Nagle algorithm off
    An option of the application's (TCP_NODELAY): that there is one shows to it alone.
MUST-18 3.8.1      unobservable  the retransmission timeout is computed as in RFC 6298
    Which round trips are measured stays inside; that a timeout is in time (RT-02) and doubles (RT-03) shows.
MUST-19 3.8.2      judged        slow start, congestion avoidance, exponential back-off
    How a congestion window grows after its start depends on an algorithm that nobody announces (MAY-18).
MUST-20 3.8.3      unobservable  thresholds R1 and R2 for retransmissions: advice to IP, then the end
    Advice to IP stays inside, and R2 may be as late as an application wishes: who goes on may still give up.
MUST-21 3.8.3      application   an application can set R2
    An option of the application's (TCP_USER_TIMEOUT): that there is one shows to it alone.
MUST-22 3.8.3      judged        a SYN is retransmitted as data is
MUST-23 3.8.3      unobservable  a SYN is retransmitted for 3 minutes at least
    An application may give an attempt up sooner, and from outside that looks the same.
MUST-24 3.8.4      application   an application can switch keep-alives on and off
    An option of the application's (SO_KEEPALIVE): that there is one shows to it alone.
MUST-25 3.8.4      unobservable  keep-alives are off by default
    Whether an application asked for them does not show from outside.
MUST-26 3.8.4      unobservable  keep-alives are sent only on an idle connection
    How long a connection has to be idle is a setting, and a probe looks like an octet that is sent again.
MUST-27 3.8.4      application   the interval of keep-alives can be set
    An option of the application's (TCP_KEEPIDLE): that there is one shows to it alone.
MUST-28 3.8.4      unobservable  that interval is 2 hours at least by default
    Whether an application has set another one does not show from outside.
MUST-29 3.8.4      unobservable  one unanswered keep-alive is not taken for the end
    How many probes may fail is a setting, and who ends an idle connection may have been told to by its
    application.
MUST-30 3.8.5      application   urgent data is supported
    Whether urgent data can be written, and is told of, shows to the two applications alone.
MUST-31 3.8.5      application   urgent data may be of any length
    How many of its octets are urgent only the application knows that writes them.
MUST-32 3.8.5      application   an application is told at once that urgent data comes
    It is a signal to the reading application (SIGURG, POLLPRI), and nothing else.
MUST-33 3.8.5      application   an application can learn how much urgent data is left to read
    It is the answer to a question of the reading application (SIOCATMARK).
MUST-34 3.8.6      judged        a window that shrinks is survived
MUST-35 3.8.6      judged        a window that shrinks to zero is probed
MUST-36 3.8.6.1    judged        a zero window is probed
MUST-37 3.8.6.1    judged        a connection stays open while probes of a zero window are answered
    After 100 s of trying, the system may also lack room for it, which is why no rule asks for more.
MUST-38 3.8.6.2.1  unobservable  whoever sends avoids silly windows
    A timer of its own overrides this, so that any small segment may be legal.
MUST-39 3.8.6.2.2  judged        whoever receives avoids silly windows
MUST-40 3.8.6.3    judged        no acknowledgment is delayed by half a second or more
MUST-41 3.9.1.1    application   a passive OPEN leaves other connections alone
    Only the applications know which calls to listen there were, and what became of them.
MUST-42 3.9.1.1    application   one can listen on a port from which a connection is being opened
    That a call to listen is refused only its caller learns.
MUST-43 3.9.1.1    application   OPEN takes a local address
    A call of the application's (bind): that it can be made shows to it alone.
MUST-44 3.9.1.1    unobservable  the IP layer chooses the local address where the application does not
    An address looks the same whoever chose it.
MUST-45 3.9.1.1    judged        a connection keeps its local address
MUST-46 3.9.1.1    application   an OPEN to a broadcast or multicast address is refused
    That the call is refused only its caller learns.
MUST-47 3.9.1.8    application   soft errors are reported
    The report goes to the application, where it asks for it (IP_RECVERR, SO_ERROR).
MUST-48 3.9.1.9    application   an application can set the Diffserv field
    An option of the application's (IP_TOS): that there is one shows to it alone.
MUST-49 3.9.2      application   the TTL can be set
    An option of the application's (IP_TTL): that there is one shows to it alone.
MUST-50 3.9.2      unobservable  unknown IP options are ignored
    Whether IP or TCP stumbled over an option does not show.
MUST-51 3.9.2.1    application   an application can ask for a source route
    An option of the application's (IP_OPTIONS): that there is one shows to it alone.
MUST-52 3.9.2.1    unobservable  the application's source route goes before one that came
    Packets with a source route are dropped nearly everywhere before TCP sees them (RFC 7126).
MUST-53 3.9.2.1    unobservable  the return route of a SYN is used
    Packets with a source route are dropped nearly everywhere before TCP sees them (RFC 7126).
MUST-54 3.9.2.2    application   an ICMP error reaches the connection that it is about
    What it does is tell the application, at once or when the connection fails.
MUST-55 3.9.2.2    unobservable  Source Quench is discarded
    Silence is asked for, and whoever sends less for a while may have any reason to.
MUST-56 3.9.2.2    application   a soft ICMP error ends no connection
    A connection that ends for it sends nothing: only its application is told.
MUST-57 3.9.2.3    unobservable  a SYN to a broadcast or multicast address is discarded in silence
    Silence is asked for; the IP layer keeps it for TCP, and what kept it does not show.
MUST-58 3.10.7.4   unobservable  acknowledgments are aggregated where possible
    Which segments lay in a queue together does not show.
MUST-59 3.10.7.4   unobservable  all that is queued is processed before an acknowledgment is sent
    Which segments lay in a queue at the time does not show.
MUST-60 3.9.1.2    judged        data is not kept back for ever where a SEND can't say PUSH
MUST-61 3.9.1.2    unobservable  the last segment that is queued has PSH set where a SEND can't say PUSH
    Which segment was the last in the queue when it was sent only the sender knows.
MUST-62 3.8.5      judged        the urgent pointer points behind the urgent data
    Which octets are urgent only the application knows: a pointer at nothing is what shows.
MUST-63 3.9.2.3    unobservable  a SYN from an invalid address is ignored
    Silence is asked for; the IP layer keeps it for TCP, and what kept it does not show.
MUST-64 3.2        judged        options need not begin on a word boundary
MUST-65 3.2        judged        the MSS option stands only on a SYN
MUST-66 3.4        judged        RST and URG count though the window is zero
    That URG was heeded only the application is told.
MUST-67 3.7.1      unobservable  the MSS is no larger than what IP can put together again
    How large a packet a host can put together only that host knows.
MUST-68 3.1        judged        all options but two have a length
MUST-69 3.1        judged        what follows the End of Option List is zeros
SHLD-1  3.4.1      judged        initial sequence numbers are a clock plus a secret function of both sockets
    Only numbers that visibly follow from one another are found; others may still follow from something.
SHLD-2  3.5.3      judged        a reset may carry data
SHLD-3  3.6.1      application   a CLOSE that loses octets sends a reset
    What it had not read when it called CLOSE, and whether it closed both directions, only the application
    knows.
SHLD-4  3.6.1      unobservable  timestamps shorten TIME-WAIT
    Whoever acknowledges the new SYN in the name of the old connection instead is legal, too.
SHLD-5  3.7.1      unobservable  the MSS option is sent unless its value is the default
    Which size it can receive only the endpoint knows: without the option, the default.
SHLD-6  3.7.3      unobservable  where the MTU varies, the MSS follows from the smallest
    What else the MTU of an interface may be only its host knows.
SHLD-7  3.7.4      unobservable  the Nagle algorithm
    An application may have switched it off (MUST-17), which does not show.
SHLD-8  3.8.2      judged        congestion notification as in RFC 3168
    An endpoint that never asks for it may have it switched off; what it does of it is judged.
SHLD-9  3.8.3      application   an application learns of trouble between R1 and R2
    The report goes to the application, before the connection fails.
SHLD-10 3.8.3      unobservable  R1 is 3 retransmissions at least
    Nothing is sent when R1 is reached.
SHLD-11 3.8.3      judged        R2 is 100 seconds at least
SHLD-12 3.8.4      judged        a keep-alive carries no data
SHLD-13 3.8.5      application   new applications do without urgent data
    It binds those who write applications, and which of them are new no segment says.
SHLD-14 3.8.6      judged        a window does not shrink from the right
SHLD-15 3.8.6      judged        nothing new is sent beyond a window that has shrunk
SHLD-16 3.8.6      judged        what was sent is retransmitted within a window that has shrunk
SHLD-17 3.8.6      application   octets beyond a window that has shrunk do not time a connection out
    Only the application is told of a timeout, and not for want of which octets.
SHLD-18 3.8.6.3    unobservable  acknowledgments are delayed
    There is a good reason for many an acknowledgment at once, and nothing says that there was none.
SHLD-19 3.8.6.3    judged        every second full segment is acknowledged
SHLD-20 3.9.1.8    application   an application can do without reports of soft errors
    An option of the application's (IP_RECVERR): that there is one shows to it alone.
SHLD-21 3.9.1.9    application   the Diffserv field can be changed during a connection
    An option of the application's (IP_TOS): that there is one shows to it alone.
SHLD-22 3.9.1.9    application   the Diffserv field is passed to IP as it was set
    What it was set to only the application knows.
SHLD-23 3.9.2      application   an application does not change the Diffserv field during a connection
    It binds applications; a field that changes may also have been changed by the system.
SHLD-24 3.9.2.1    unobservable  a later source route replaces an earlier one
    Packets with a source route are dropped nearly everywhere before TCP sees them (RFC 7126).
SHLD-25 3.9.2.2    application   an application can learn of a soft ICMP error
    The report goes to the application, where it asks for it.
SHLD-26 3.9.2.2    application   a hard ICMP error ends the connection
    A connection that ends for it sends nothing: only its application is told.
SHLD-27 3.9.1.2    unobservable  several PSH become one
    How many times an application pushed what is in one segment does not show.
SHLD-28 3.9.1.2    unobservable  segments are as large as possible
    How much was there to send, and how much the network would take, only the sender knows.
SHLD-29 3.8.6.1    judged        the first probe of a zero window comes after a retransmission timeout
    That it comes too late shows; the timeout itself stays inside, so that none can be called too early.
SHLD-30 3.8.6.1    unobservable  the intervals between probes grow exponentially
    Each answer to a probe may be measured, and the intervals begin anew; that they stay in bounds, WF-04
    judges.
SHLD-31 3.10.7.4   unobservable  what comes out of order is kept
    A receiver may throw away again what it has not acknowledged (RFC 2018, section 8), which looks the same.
MAY-1   3.6.1      unobservable  CLOSE ends both directions
    It is a permission: either way to close is legal.
MAY-2   3.6.1      judged        a SYN is accepted in TIME-WAIT
    It is a permission: whether to accept a newer SYN or to acknowledge the old connection is left to the endpoint.
MAY-3   3.7.1      unobservable  the MSS option is always sent
    It is a permission: a SYN is legal with it and without.
MAY-4   3.8.1      unobservable  a retransmission has the same IP identification
    It is a permission: any identification is legal.
MAY-5   3.8.4      unobservable  keep-alives exist
    It is a permission: silence is legal on an idle connection, too.
MAY-6   3.8.4      unobservable  a keep-alive can be set to carry an octet
    It is a permission, and whether it was a setting does not show; TL-04 remarks upon the octet.
MAY-7   3.8.6      unobservable  old octets are sent again beyond a window that has shrunk
    It is a permission, which WF-02 leaves to everyone.
MAY-8   3.8.6.1    unobservable  a window stays zero for ever
    It is a permission, which binds the peer (MUST-37).
MAY-9   3.9.1.9    application   an application can learn the Diffserv field that came
    It is a permission, and an answer to the application alone.
MAY-10  3.9.2      unobservable  the IP option Timestamp
    It is a permission: nobody has to have this option.
MAY-11  3.9.2      unobservable  the IP option Record Route
    It is a permission: nobody has to have this option.
MAY-12  3.10.7.4   judged        segments with a far too old acknowledgment are discarded
    It is a permission, which the rule takes for granted: who does without has to be written down as a
    deviation.
MAY-13  3.10.7.4   unobservable  what comes out of order is acknowledged at once
    It is a permission; RFC 5681 recommends it, which SA-12 judges.
MAY-14  3.9.1.7    application   a FLUSH call
    It is a permission, and a call that only the application can make.
MAY-15  3.9.1.2    application   SEND can say PUSH
    It is a permission, and an option of a call of the application's.
MAY-16  3.9.1.2    unobservable  data that was not pushed waits for more
    It is a permission: data may be sent at once, or wait.
MAY-17  3.9.1.3    application   RECEIVE says that PSH came
    It is a permission, and an answer to the application alone.
MAY-18  3.8.2      unobservable  other conformant algorithms for congestion control
    It is a permission, and which algorithm is in use no segment says.
REC-1   3.1        unobservable  windows are kept in 32 bits
    In how many bits a number is kept does not show; what becomes of a window does (SA-07, DI-09).
"""
_SIGHTS: Final[dict[str, Sight]] = {
    "judged": "judged",
    "application": "application",
    "unobservable": "unobservable",
}


def _read(table: str) -> Iterator[Requirement]:
    for entry in re.split(r"\n(?=\S)", table.rstrip()):
        first, *reason = entry.split("\n")
        label, section, sight, subject = first.split(maxsplit=3)
        why = " ".join(" ".join(reason).split())
        yield Requirement(label=label, section=section, subject=subject, sight=_SIGHTS[sight], why=why)


REQUIREMENTS: Final = tuple(_read(_TABLE))
