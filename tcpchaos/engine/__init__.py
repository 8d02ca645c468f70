"""Chaos as a pure machine: a plan, packets and the time go in, packets to send and a deadline come out.

No socket, clock or randomness here, so that one engine serves every backend and every run can be repeated.
"""

from tcpchaos.engine.engine import Engine
from tcpchaos.engine.outlet import Command

__all__ = ["Command", "Engine"]
