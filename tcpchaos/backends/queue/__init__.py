"""Flows of a live host, taken out of its packet processing and given back: NFQUEUE, and rules that lead to it."""

from tcpchaos.backends.queue.attachment import LEAST_MTU, Attachment, attached
from tcpchaos.backends.queue.netlink import MOST_OCTETS
from tcpchaos.backends.queue.place import Place, PlaceError, fresh, named, of_process
from tcpchaos.backends.queue.rules import Flows, Rule, Way, clean, families

__all__ = [
    "LEAST_MTU",
    "MOST_OCTETS",
    "Attachment",
    "Flows",
    "Place",
    "PlaceError",
    "Rule",
    "Way",
    "attached",
    "clean",
    "families",
    "fresh",
    "named",
    "of_process",
]
