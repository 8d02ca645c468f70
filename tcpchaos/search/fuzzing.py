"""Fuzzing: everything that a campaign needs is set up around it, and taken down again."""

import signal
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Final

import trio

from tcpchaos.backends.host import Broken
from tcpchaos.backends.world import BackendName
from tcpchaos.backends.worlds import open_lab_world
from tcpchaos.corpus import store
from tcpchaos.run import RunConfig
from tcpchaos.run.arena import MOST, open_arena
from tcpchaos.run.session import one_error
from tcpchaos.run.unharmed import play_unharmed
from tcpchaos.search.assistant import Assignment
from tcpchaos.search.campaign import Campaign, Shard
from tcpchaos.search.coverage import Coverage
from tcpchaos.search.crew import assembled
from tcpchaos.search.expedition import Expedition
from tcpchaos.search.findings import Found, Ledger
from tcpchaos.search.players import Laboratory, Player, Simulated
from tcpchaos.search.staff import employed
from tcpchaos.search.worker import SCALE, Against
from tcpchaos.workloads import Commands, Exchange

# Programs of the user's on both sides have a lab for each trial, which takes more than a connection does.
LABS_AT_ONCE: Final = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class Setup:
    """What a campaign is asked for.

    `strategies` are names and files; `usual` is what all trials have in common. `time_s` None and `most` 0 are no
    limits. `folder` is where cases are saved, None for nowhere.
    """

    strategies: tuple[tuple[str, str], ...]
    usual: RunConfig = field(default_factory=RunConfig)
    workloads: tuple[str, ...] = ()
    seed: int = 0
    most: int = 0
    time_s: float | None = None
    guided: bool = True
    shard: Shard = field(default_factory=Shard)
    folder: Path | None = None
    version: str = ""


@dataclass(slots=True, kw_only=True)
class Came:
    """What came of it: the expedition and where it was; `remark` says why it was there if nobody had asked for that."""

    expedition: Expedition
    player: Player
    backend: BackendName
    remark: str = ""


async def fuzz(setup: Setup, *, campaign: Campaign | None = None, watch: Callable[[Expedition], object] = bool) -> Came:
    """Lead a campaign to its end; Ctrl-C and SIGTERM end it early, and what it found is kept.

    One that is given goes on where it was. `watch` is given the expedition when it begins. Raises Refused for a
    strategy that draws nothing, Broken where the environment failed before anything was found.
    """
    came: Came | None = None
    try:
        with one_error():
            if campaign is None:
                await acquaint(setup)
            async with _open(setup) as (player, backend, remark):
                led = begun(setup) if campaign is None else campaign
                led.learns = setup.guided and backend == "sim"  # in a lab, what was seen comes when it comes
                expedition = Expedition(
                    led, player, _saver(setup, player), time_s=setup.time_s, turn=campaign is not None
                )
                came = Came(expedition=expedition, player=player, backend=backend, remark=remark)
                async with trio.open_nursery() as nursery:
                    await nursery.start(_listen, expedition)
                    watch(expedition)
                    await expedition.lead()
                    nursery.cancel_scope.cancel()
    except Broken as broken:
        if came is None or campaign is not None or not came.expedition.campaign.ledger.bugs:
            raise
        came.remark = f"the campaign ended before its time: {broken}"
        came.expedition.took_s = came.expedition.took_s or came.expedition.seconds
    assert came is not None
    return came


def begun(setup: Setup, *, coverage: Coverage | None = None, ledger: Ledger | None = None) -> Campaign:
    """Return the campaign that is asked for, at its beginning."""
    return Campaign(
        setup.strategies,
        workloads=setup.workloads,
        seed=setup.seed,
        most=setup.most,
        guided=setup.guided,
        shard=setup.shard,
        coverage=coverage,
        ledger=ledger,
    )


@asynccontextmanager
async def _open(setup: Setup) -> AsyncIterator[tuple[Player, BackendName, str]]:
    """Open where trials are played: what it is, and why, if nobody had asked for that."""
    usual, remark = replace(setup.usual, tracing=False), ""
    if usual.backend == "auto" and usual.foreign is None:
        try:
            async with open_lab_world(replace(usual.setting, programs=False)):
                usual = replace(usual, backend="lab")
        except Broken as broken:
            if usual.setting.needs_lab:
                raise
            usual, remark = replace(usual, backend="sim"), f"simulated, because this machine has no lab: {broken}"
    if usual.backend == "sim":
        against = Against(endpoints=usual.endpoints, family=usual.family, mtu=usual.mtu, strict=usual.strict)
        async with employed() as staff:
            yield Simulated(staff, against), "sim", remark
        return
    server, at_once = "", MOST
    apart = usual.foreign is not None or isinstance(usual.play, Commands)
    if isinstance(usual.play, Commands):
        if isinstance(usual.play.client, Exchange):
            server, usual = usual.play.server, replace(usual, play=usual.play.client)
        else:
            at_once = LABS_AT_ONCE
    assignment = Assignment(usual=usual, server=server, at_once=at_once)
    async with AsyncExitStack() as stack:
        staff = await stack.enter_async_context(employed(1))
        # What is the user's, and there once, is played against in one lab.
        crew = await stack.enter_async_context(assembled(assignment, 1 if apart else 0))
        # A server that all visit may be ended by any of them: what is looked into has one of its own.
        closer = await stack.enter_async_context(assembled(assignment, 1)) if server else crew
        nursery = await stack.enter_async_context(trio.open_nursery())
        yield Laboratory(staff, nursery, crew, closer=closer, one_port=usual.foreign is not None), "lab", remark
        nursery.cancel_scope.cancel()


async def acquaint(setup: Setup) -> None:
    """Have a server that is not ours visited once before anything is done to segments.

    Broken where its client does not get what it comes for even then.
    """
    usual = replace(setup.usual, tracing=False, scale=SCALE)
    if not usual.theirs:
        return
    plays: Sequence[str | Commands | Exchange] = setup.workloads if usual.foreign is not None else ()
    async with open_arena() as arena:
        for play in plays or (usual.play,):
            await play_unharmed(arena.run, replace(usual, play=play))


def _saver(setup: Setup, player: Player) -> Callable[[Found], Path | None]:
    def save(found: Found) -> Path | None:
        if setup.folder is None:
            return None
        return store.save(found.case(version=setup.version, stacks=player.stacks, seed=setup.seed), setup.folder)

    return save


async def _listen(expedition: Expedition, *, task_status: trio.TaskStatus[None]) -> None:
    with trio.open_signal_receiver(signal.SIGINT, signal.SIGTERM) as signals:
        task_status.started()
        async for _ in signals:
            expedition.interrupt()
