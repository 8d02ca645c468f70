"""tcpchaos: a transparent TCP proxy that breaks segments on purpose, and an oracle that tells who broke the law."""

__version__ = "0.1.0"
