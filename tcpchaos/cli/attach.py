"""`tcpchaos attach`: the proxy on flows of a host that is in use."""

import shlex
from collections.abc import Iterator
from ipaddress import ip_address
from typing import TYPE_CHECKING, Final

import click

from tcpchaos.cli.captures import captured, comment
from tcpchaos.cli.group import PASSED, Mistake
from tcpchaos.cli.output import tell, tell_broken
from tcpchaos.cli.teaching import TaughtCommand
from tcpchaos.cli.watching import Watch, watch_options, words

if TYPE_CHECKING:
    from tcpchaos.backends.queue import Attachment, Flows, Place, Rule, Way
    from tcpchaos.run.live import LiveConfig, LiveResult
    from tcpchaos.trace import Trace

WAYS: Final = ("loopback", "network", "forward")


@click.command("attach", cls=TaughtCommand)
@click.option("--port", type=click.IntRange(1, 65535), metavar="N", help="The server's port: it names the flows.")
@click.option("--address", metavar="IP", help="Only flows of the server at this address.")
@click.option(
    "--way",
    "ways",
    type=click.Choice(WAYS),
    multiple=True,
    help="Only flows over the loopback, in from and out to the network, or forwarded; may be repeated (default: "
    "loopback; in another network namespace all three).",
)
@click.option("--netns", metavar="NAME|PATH", help="In this network namespace, as `ip netns` lists it or by its path.")
@click.option("--container", type=click.IntRange(min=1), metavar="PID", help="In the network of this process.")
@click.option("--yes", is_flag=True, help="Yes, also flows that leave this machine, or this namespace.")
@click.option("--clean", is_flag=True, help="Remove the rules that a killed tcpchaos has left, and do nothing else.")
@click.option("--mtu", type=int, metavar="OCTETS", help="Let segments be no longer than this, headers included.")
@watch_options
def command(
    port: int | None,
    address: str | None,
    ways: "tuple[Way, ...]",
    netns: str | None,
    container: int | None,
    yes: bool,
    clean: bool,
    mtu: int | None,
    watch: Watch,
) -> int:
    """Take the flows of a server's port on this host through the proxy, under a plan, and judge both ends of them
    until Ctrl-C.

    Rules of iptables lead the named flows, and no others, to a queue; they are told before they are made, and taken
    back at the end. If tcpchaos is killed, they let everything pass, and --clean or the next start removes them.

    Exit codes: 0 pass or nothing seen, 1 a violation, 2 wrong usage or a plan that can't be read, 3 the environment
    failed.
    """
    from contextlib import closing

    from tcpchaos.backends.host import Broken
    from tcpchaos.backends.lab.world import kernel_name
    from tcpchaos.report.outcome import lived, not_lived
    from tcpchaos.run.live import LiveConfig

    plan = watch.plan()
    config = LiveConfig(flows=f"port {port}", plan=plan)
    again = "tcpchaos attach"
    try:
        with closing(_place(netns, container)) as place:
            if clean:
                return _clean(place)
            flows = _flows(place, port, address, ways, yes)
            config = LiveConfig(flows=_words(place, flows), plan=plan, time_s=watch.time_s, strict=watch.strict)
            again = shlex.join(_again(config, flows, place, _mtu(mtu)))
            with captured(watch.pcap, kernel_name()) as trace:
                document = lived(_attach(config, flows, place, mtu, trace, show_progress=not watch.quiet), again)
                comment(trace, document)
    except Broken as error:
        tell_broken(error)
        document = not_lived(config, "queue", again, error.missing, error.remedy)
    return watch.conclude(document, ladders=True)


def _place(netns: str | None, container: int | None) -> "Place":
    from tcpchaos.backends.queue import Place, PlaceError, named, of_process

    if netns is not None and container is not None:
        raise Mistake("--netns and --container exclude each other: leave one of them out")
    try:
        if netns is not None:
            return named(netns)
        return Place() if container is None else of_process(container)
    except PlaceError as error:
        raise Mistake(f"{'--container' if netns is None else '--netns'}: {error}") from None


def _flows(place: "Place", port: int | None, address: str | None, ways: "tuple[Way, ...]", yes: bool) -> "Flows":
    from tcpchaos.backends.queue import Flows, families

    if port is None:
        raise Mistake("--port N is missing: it names the flows, and no others are touched")
    chosen = frozenset(ways) or frozenset(("loopback",) if place.own else WAYS)
    leaving = [way for way in WAYS if way in chosen and way != "loopback"]
    if leaving and not yes:
        what = f"--way {leaving[0]}: these flows leave" if ways else "flows are taken, too, that leave"
        where = "this machine" if place.own else place.name
        otherwise = "" if ways else ", or else --way loopback"
        raise Mistake(f"{what} {where}; if that is what you mean, add --yes{otherwise}")
    if address is not None:
        try:
            address = str(ip_address(address))
        except ValueError:
            raise Mistake(f"--address {address}: expected an IPv4 or IPv6 address, such as 127.0.0.1") from None
    version = ip_address(address).version if address else None
    return Flows(
        port=port,
        address=address or "",
        ways=chosen,
        families=families((4,) if version == 4 else (6,) if version == 6 else (4, 6)),
    )


def _words(place: "Place", flows: "Flows") -> str:
    return f"{flows}" if place.own else f"{flows} in {place.name}"


def _mtu(mtu: int | None) -> int | None:
    from tcpchaos.backends.queue import LEAST_MTU, MOST_OCTETS

    if mtu is not None and not LEAST_MTU <= mtu <= MOST_OCTETS:
        raise Mistake(f"--mtu {mtu}: a segment has {LEAST_MTU} to {MOST_OCTETS} octets with its headers")
    return mtu


def _clean(place: "Place") -> int:
    from tcpchaos.backends.queue import clean as take_back
    from tcpchaos.backends.queue import families

    removed = take_back(place, families((4, 6)))
    click.echo(f"{removed} rules removed" if removed else "nothing was left")
    return PASSED


def _attach(
    config: "LiveConfig", flows: "Flows", place: "Place", mtu: int | None, trace: "Trace", *, show_progress: bool
) -> "LiveResult":
    """Attach, judge while it lasts, and return what came of it."""
    import trio

    from tcpchaos.backends.queue import attached
    from tcpchaos.backends.warden.linux import CAP_NET_ADMIN, CAP_NET_RAW, CAP_SYS_ADMIN, CAPS_OF_FILES, keep_only
    from tcpchaos.cli.figures import Display, accompanied
    from tcpchaos.run.live import Live

    def tell_rules(rules: "tuple[Rule, ...]") -> None:
        where = "this machine's network" if place.own else f"the network of {place.name}"
        tell(f"in {where}, until the end:")
        for rule in rules:
            click.echo(f"    {rule}", err=True)

    with attached(flows, place, tell_rules, mtu=mtu) as attachment:
        # For verdicts, and for taking the rules back; who enters a network of others does so in the end once more.
        keep_only(*CAPS_OF_FILES, CAP_NET_ADMIN, CAP_NET_RAW, *(() if place.own else (CAP_SYS_ADMIN,)))
        _tell_what_was_found(attachment)
        with Display("tcpchaos attach", show=show_progress) as display:
            return trio.run(accompanied, Live(config, attachment, trace=trace), config.flows, display)


def _tell_what_was_found(attachment: "Attachment") -> None:
    if attachment.removed:
        tell(f"{attachment.removed} rules removed that a killed tcpchaos had left")
    if not attachment.listening and attachment.flows.ways == {"loopback"}:
        tell(f"nobody listens at port {attachment.flows.port} here: waiting for whoever will")
    tell("attached; Ctrl-C ends it")


def _again(config: "LiveConfig", flows: "Flows", place: "Place", mtu: int | None) -> Iterator[str]:
    """Yield the words of the command that asks for the same; what is the default is left out."""
    yield from ("tcpchaos", "attach", "--port", str(flows.port))
    if flows.address:
        yield from ("--address", flows.address)
    if not place.own:
        yield from place.option
    for way in WAYS:
        if way in flows.ways and flows.ways != ({"loopback"} if place.own else set(WAYS)):
            yield from ("--way", way)
    if flows.ways != {"loopback"}:
        yield "--yes"
    if mtu is not None:
        yield from ("--mtu", str(mtu))
    yield from words(config)
