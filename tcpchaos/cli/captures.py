"""The option `--pcapng`: a capture of what passed, written while a command goes on."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from tcpchaos.cli.group import Mistake
from tcpchaos.cli.output import file_option, tell

if TYPE_CHECKING:
    from tcpchaos.report.document import Run
    from tcpchaos.trace import Trace

Function = TypeVar("Function", bound=Callable[..., Any])


def pcap_option(function: Function) -> Function:
    """Give a command the option `--pcapng`."""
    return file_option(
        "--pcapng",
        "pcap",
        help="Write what passed on both sides, each packet with what was done to it, for Wireshark.",
    )(function)


@contextmanager
def captured(pcap: Path | None, stack: str) -> "Iterator[Trace]":
    """Give a trace in the block that also writes this file, if there is one; `stack` is said in it.

    Where the environment fails, nothing is left of it. Raises Mistake where it can't be written to.
    """
    from tcpchaos.trace import Trace

    if pcap is None:
        yield Trace()
        return
    import time

    from tcpchaos import __version__
    from tcpchaos.backends.host import Broken
    from tcpchaos.report.pcapng import CapturedTrace, CaptureSink

    try:
        opened = CaptureSink(pcap, began_us=time.time_ns() // 1000, version=__version__, stack=stack)
    except OSError as error:
        raise Mistake(f"--pcapng {pcap}: {error.strerror or error}") from None
    with opened as sink:
        trace = CapturedTrace(sink)
        try:
            yield trace
        except Broken:
            sink.discard()
            raise
        sink.close(trace.commentary)
        if sink.error is not None:
            tell(f"--pcapng {pcap}: {sink.error.strerror}; nothing was written")


def comment(trace: "Trace", document: "Run") -> None:
    """Have what was found stand beside the packets in the file that a trace writes, if it writes one."""
    from tcpchaos.report.commentary import commentary
    from tcpchaos.report.pcapng import CapturedTrace

    if isinstance(trace, CapturedTrace):
        trace.commentary = commentary(document)
