"""The rules, a file for each group of them; importing this part enters all of them into the book."""

from tcpchaos.rfc.rules import (
    application,
    endings,
    figures,
    flags,
    handshake,
    numbers,
    options,
    owed_answers,
    owed_timers,
    resets,
    runs,
    states,
)

__all__ = [
    "application",
    "endings",
    "figures",
    "flags",
    "handshake",
    "numbers",
    "options",
    "owed_answers",
    "owed_timers",
    "resets",
    "runs",
    "states",
]
