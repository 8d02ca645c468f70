"""The process that owns a lab: it makes the namespaces, hands out their sockets, runs programs in them, and ends them.

tcpchaos never changes its own namespaces. It starts this process, fresh and with a single thread, and talks to it
over a socket. When that socket ends, for whatever reason, the warden exits, and because it is process 1 of a process
namespace the kernel then kills all that was started in the lab. Nothing here imports more than the standard library,
so that a lab opens in less time than it takes to notice.
"""
