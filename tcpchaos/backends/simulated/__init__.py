"""Two endpoints with a TCP of our own, in virtual time; or one of them, in the lab, in place of a kernel."""

from tcpchaos.backends.simulated.endpoints import SIMULATED, check, is_simulated
from tcpchaos.backends.simulated.world import SimulatedWorld, simulate

__all__ = ["SIMULATED", "SimulatedWorld", "check", "is_simulated", "simulate"]
