"""What the two applications say to each other while the chaos runs: honest exchanges of octets, checked end to end."""

from tcpchaos.workloads.half import HalfPlayer
from tcpchaos.workloads.player import Application, Player, WorkloadPlayer
from tcpchaos.workloads.programs import Commands, Programs
from tcpchaos.workloads.recorder import Account, Conversation, Ledger, Recorder
from tcpchaos.workloads.registry import WORKLOADS, Workload, workload
from tcpchaos.workloads.stage import Scale, Stage
from tcpchaos.workloads.survey import After, Remains
from tcpchaos.workloads.visitor import Exchange, Unseen, Visited, Visitor

__all__ = [
    "WORKLOADS",
    "Account",
    "After",
    "Application",
    "Commands",
    "Conversation",
    "Exchange",
    "HalfPlayer",
    "Ledger",
    "Player",
    "Programs",
    "Recorder",
    "Remains",
    "Scale",
    "Stage",
    "Unseen",
    "Visited",
    "Visitor",
    "Workload",
    "WorkloadPlayer",
    "workload",
]
