"""Captures that someone else made, as a way in: no endpoint, no proxy, only what passed by one place."""

from tcpchaos.backends.capture.files import CaptureError
from tcpchaos.backends.capture.judging import Judged, judge

__all__ = ["CaptureError", "Judged", "judge"]
