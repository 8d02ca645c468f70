"""The reference endpoint: one TCP connection after RFC 9293 and its companions, sans-IO and without a clock.

It shares no thought with the law that judges it: its arithmetic and its states are its own.
"""

from tcpchaos.sim.tcp.connection import Tcp
from tcpchaos.sim.tcp.errors import TcpError
from tcpchaos.sim.tcp.settings import Keepalive, Settings
from tcpchaos.sim.tcp.states import Move, State

__all__ = ["Keepalive", "Move", "Settings", "State", "Tcp", "TcpError"]
