"""Two endpoints with kernels' TCP in namespaces of their own, and the proxy transparently between them."""

from tcpchaos.backends.lab.commands import Command
from tcpchaos.backends.lab.pump import forward
from tcpchaos.backends.lab.world import Lab, LabHost, open_lab

__all__ = ["Command", "Lab", "LabHost", "forward", "open_lab"]
