"""`tcpchaos bridge`: the proxy as a bump in the wire between two interfaces of the user's."""

import shlex
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from functools import partial
from typing import TYPE_CHECKING, Final

import click

from tcpchaos.cli.captures import captured, comment
from tcpchaos.cli.group import Mistake
from tcpchaos.cli.output import tell_broken
from tcpchaos.cli.teaching import TaughtCommand
from tcpchaos.cli.watching import Watch, watch_options, words

if TYPE_CHECKING:
    import socket

    from tcpchaos.backends.bridge.wire import Ends, Wire
    from tcpchaos.cli.figures import Companion, Display, Tell
    from tcpchaos.report.document import Run
    from tcpchaos.run.live import Live, LiveConfig, LiveResult
    from tcpchaos.trace import Trace

# Between two looks at what has happened to the interfaces.
_LOOK_S: Final = 0.5


@click.command("bridge", cls=TaughtCommand)
@click.argument("client", metavar="IF_CLIENT")
@click.argument("server", metavar="IF_SERVER")
@click.option(
    "--flow", "places", metavar="HOST:PORT", multiple=True, help="Choose flows with this end; may be repeated."
)
@click.option(
    "--port",
    "ports",
    type=click.IntRange(1, 65535),
    metavar="N",
    multiple=True,
    help="Choose flows with this port at either end; may be repeated. (Default: all TCP.)",
)
@click.option(
    "--idle",
    is_flag=True,
    help="Choose no flow while the plan has no rules: all passes as fast as it can, and unjudged.",
)
@click.option("--control", metavar="SOCKET", help="Make a socket for `tcpchaos ctl`, which only you may open.")
@click.option("--client-stack", metavar="NAME", help="Whose known deviations the client has, such as 'linux 6.18'.")
@click.option("--server-stack", metavar="NAME", help="And the server. (Default: behind a veth, this machine's kernel.)")
@click.option(
    "--far",
    type=click.Choice(["client", "server"]),
    multiple=True,
    help="Packets may get lost between here and this endpoint: judge only the shape of what it sends.",
)
@watch_options
def command(
    client: str,
    server: str,
    places: tuple[str, ...],
    ports: tuple[int, ...],
    idle: bool,
    control: str | None,
    client_stack: str | None,
    server_stack: str | None,
    far: tuple[str, ...],
    watch: Watch,
) -> int:
    """Carry frames between two interfaces, the one towards the client first, as if there were a wire between them. The
    TCP flows that were chosen go through the plan and before the oracle, segment by segment; everything else passes as
    it is: ARP, IPv6 neighbour discovery, VLAN tags, multicast, jumbo frames, runs of segments that nobody has cut yet.

    It goes on until Ctrl-C, SIGTERM, `tcpchaos ctl SOCKET stop` or --time, and prints the verdict then; SIGHUP has it
    read the --plan file again. It needs CAP_NET_RAW and CAP_NET_ADMIN where the interfaces are. Offloads that merge
    segments on arrival are off meanwhile, and put back by a process of their own however this one ends; then the wire
    is cut, since nothing else joins the two interfaces.

    Exit codes: 0 pass or nothing seen, 1 a violation, 2 wrong usage or an interface that can't be an end of the wire,
    3 the environment failed.
    """
    from tcpchaos.backends.host import Broken
    from tcpchaos.report.outcome import not_lived
    from tcpchaos.run.live import LiveConfig

    ends = _ends((client, server), places, ports, (client_stack, server_stack), far, idle=idle)
    rereads = watch.plan_file is not None and str(watch.plan_file) != "-"
    config = LiveConfig(
        flows=f"{ends.flows} between {client} and {server}",
        plan=watch.plan(),
        time_s=watch.time_s,
        strict=watch.strict,
        hangup=not rereads,
    )
    again = shlex.join(_again(ends, config, (client_stack, server_stack)))
    companions = [partial(_reread, watch)] if rereads else []
    try:
        document = _bridge(ends, config, companions, control, watch, again)
    except Broken as error:
        tell_broken(error)
        document = not_lived(config, "bridge", again, error.missing, error.remedy)
    return watch.conclude(document, ladders=document.outcome == "violation")


def _ends(
    names: tuple[str, str],
    places: tuple[str, ...],
    ports: tuple[int, ...],
    stacks: tuple[str | None, str | None],
    far: tuple[str, ...],
    *,
    idle: bool,
) -> "Ends":
    from tcpchaos.backends.bridge.flows import FlowsError, flows
    from tcpchaos.backends.bridge.interfaces import InterfaceError, choose, stack_behind
    from tcpchaos.backends.bridge.wire import Ends
    from tcpchaos.backends.lab.world import kernel_name
    from tcpchaos.trace import Side

    try:
        interfaces = choose(*names)
        chosen = flows(places, ports)
    except InterfaceError as error:
        raise Mistake(str(error)) from None
    except FlowsError as error:
        raise Mistake(f"--flow {error}") from None
    client, server = (
        stack or stack_behind(interface, kernel_name()) for stack, interface in zip(stacks, interfaces, strict=True)
    )
    return Ends(
        interfaces=interfaces,
        flows=chosen,
        stacks=(client, server),
        far=frozenset(Side[name.upper()] for name in far),
        idle=idle,
    )


def _bridge(
    ends: "Ends",
    config: "LiveConfig",
    companions: "Sequence[Companion]",
    control: str | None,
    watch: Watch,
    again: str,
) -> "Run":
    """Join the interfaces, judge while it lasts, and return what came of it; `again` is the command that does so."""
    import trio

    from tcpchaos.backends.bridge.interfaces import InterfaceError
    from tcpchaos.cli.figures import Display
    from tcpchaos.cli.remote import ControlError, listening
    from tcpchaos.report.outcome import lived

    stacks = " and ".join(dict.fromkeys(filter(None, ends.stacks)))
    with ExitStack() as stack:
        trace = stack.enter_context(captured(watch.pcap, stacks))
        try:
            listener = None if control is None else stack.enter_context(listening(control))
            display = stack.enter_context(Display("tcpchaos bridge", show=not watch.quiet))
            document = lived(trio.run(_joined, ends, config, trace, companions, listener, display), again)
        except (InterfaceError, ControlError) as error:
            raise Mistake(str(error)) from None
        comment(trace, document)
        return document


async def _joined(
    ends: "Ends",
    config: "LiveConfig",
    trace: "Trace",
    companions: "Sequence[Companion]",
    listener: "socket.socket | None",
    display: "Display",
) -> "LiveResult":
    from tcpchaos.backends.bridge.wire import open_wire
    from tcpchaos.backends.warden.linux import CAPS_OF_FILES, keep_only
    from tcpchaos.cli.figures import accompanied
    from tcpchaos.cli.remote import serve
    from tcpchaos.run.live import Live

    async with open_wire(ends) as wire:
        for where, names in wire.quieted.items():
            display.tell(f"switched off at {where} until the end: {', '.join(names)}")
        for note in wire.notes():
            display.tell(note)
        companions = [*companions, partial(_report, wire)]
        if listener is not None:
            await wire.entrust(listener.getsockname())
            companions = [*companions, partial(serve, listener)]
        keep_only(*CAPS_OF_FILES)  # the sockets are open, and what is to be put back is another's to do
        live = Live(config, wire, trace=trace)
        return await accompanied(live, config.flows, display, [*companions, partial(_greet, ends)])


async def _greet(ends: "Ends", live: "Live", tell: "Tell") -> None:
    """Tell that it has begun: from here on, a signal finds whoever heeds it."""
    await live.begun.wait()
    client, server = ends.interfaces
    tell(f"{client.name} (client) and {server.name} (server) are joined; flows: {ends.flows}; Ctrl-C ends it")


async def _report(wire: "Wire", live: "Live", tell: "Tell") -> None:
    """Tell what happens to the interfaces."""
    import trio

    while True:
        await trio.sleep(_LOOK_S)
        for trouble in wire.trouble():
            tell(trouble)


async def _reread(watch: Watch, live: "Live", tell: "Tell") -> None:
    """Read the plan again at each SIGHUP; one that can't be read changes nothing."""
    import signal

    import trio

    with trio.open_signal_receiver(signal.SIGHUP) as signals:
        async for _ in signals:
            try:
                plan = watch.plan()
            except Mistake as mistake:
                tell(f"{mistake.format_message()}\nthe plan stays as it was")
            else:
                live.replace(plan)
                tell(f"another plan is in force, of {len(plan.rules)} rules")


def _again(ends: "Ends", config: "LiveConfig", stacks: tuple[str | None, str | None]) -> Iterator[str]:
    """Yield the words of the command that asks for the same; what is the default is left out."""
    yield from ("tcpchaos", "bridge", *(each.name for each in ends.interfaces), *ends.flows.options())
    for option, stack in zip(("--client-stack", "--server-stack"), stacks, strict=True):
        if stack is not None:
            yield from (option, stack)
    for side in sorted(ends.far):
        yield from ("--far", str(side))
    if ends.idle:
        yield "--idle"
    yield from words(config)
