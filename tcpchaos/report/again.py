"""The command that makes a run again: what stands in every report for whoever wants to see it with their own eyes."""

import shlex
from collections.abc import Iterator

from tcpchaos.backends.world import Foreign
from tcpchaos.plan import Plan
from tcpchaos.run import RunConfig
from tcpchaos.workloads import Commands, Exchange, Scale


def command(config: RunConfig) -> str:
    """Return the command line of `tcpchaos run` that asks for the same; what is the default is left out."""
    return shlex.join(["tcpchaos", "run", *_arguments(config)])


def _arguments(config: RunConfig) -> Iterator[str]:
    if config.backend != "auto":
        yield from ("--backend", config.backend)
    yield from played_by(config.play) if config.foreign is None else played_against(config.foreign, config.play)
    for option, endpoint in zip(("--client", "--server"), config.endpoints, strict=True):
        if endpoint:
            yield from (option, endpoint)
    for name in ("octets", "connections", "times", "at_once"):
        wanted = getattr(config.scale, name)
        if wanted != getattr(Scale(), name):
            yield from (f"--{name.replace('_', '-')}", str(wanted))
    usual = RunConfig()
    if config.family == 6:
        yield "--ipv6"
    if config.mtu != usual.mtu:
        yield from ("--mtu", str(config.mtu))
    if config.port:
        yield from ("--port", str(config.port))
    for name, value in config.sysctls.items():
        yield from ("--sysctl", f"{name}={value}")
    if config.timeout_s != usual.timeout_s:
        yield from ("--timeout", f"{config.timeout_s:g}")
    if config.strict:
        yield "--strict"
    if not config.control:
        yield "--no-control"
    yield from planned(config.plan)


def planned(plan: Plan) -> Iterator[str]:
    """Yield the arguments that ask for the same plan."""
    for rule in plan.rules:
        yield from ("--fault", str(rule))
    if plan.seed:
        yield from ("--seed", str(plan.seed))


def played_by(play: str | Commands | Exchange) -> Iterator[str]:
    """Yield the arguments that ask for the same to be played."""
    if isinstance(play, Commands):
        yield from ("--server", play.server)
        yield from ("--client", play.client) if isinstance(play.client, str) else played_by(play.client)
    elif isinstance(play, Exchange):
        yield from ("--send", play.source) if play.send else ()
        yield from ("--expect", play.expect) if play.expect else ()
    elif play != "echo":
        yield from ("--workload", play)


def played_against(foreign: Foreign, play: str | Commands | Exchange) -> Iterator[str]:
    """Yield the words that have this played against a server that is somebody else's, where nothing is the default."""
    yield from ("--workload", play) if isinstance(play, str) else played_by(play)
    yield from called(foreign)


def called(foreign: Foreign) -> Iterator[str]:
    """Yield the words that have a server called that is somebody else's."""
    yield from ("--target", str(foreign))
    if foreign.interfaces:
        yield from ("--bridge" if len(foreign.interfaces) == 2 else "--peer", ",".join(foreign.interfaces))
    else:
        yield "--tun"
    for option, word in (
        ("--client-netns", foreign.netns),
        ("--address", foreign.own),
        ("--target-stack", foreign.stack),
    ):
        if word:
            yield from (option, word)
