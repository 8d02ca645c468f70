"""The lab in the hands of a test: sockets in two networks, the proxy between them under a plan, a verdict at the end.

A test may block, or run in trio or asyncio: the lab and the proxy live in a thread of their own. `pytest_plugin` makes
fixtures of it.
"""

from tcpchaos.testing.lab import Lab, Ran
from tcpchaos.testing.proxy import Proxy, ViolationError

__all__ = ["Lab", "Proxy", "Ran", "ViolationError"]
