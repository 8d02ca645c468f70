"""The rules, a file for each group of them; importing this part enters all of them into the book."""

from tcpchaos.rfc.rules import application, flags, handshake, numbers, options, resets, runs

__all__ = ["application", "flags", "handshake", "numbers", "options", "resets", "runs"]
