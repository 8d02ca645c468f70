"""Which lines of a kernel's log are an alarm: that of its TCP, or one after which nothing it says can be trusted."""

import re
from typing import Final

# Whatever part of the kernel it comes from.
_ANY: Final = re.compile(
    r"\bBUG: |\bOops\b|kernel BUG at|general protection fault|divide error:|invalid opcode:|Unable to handle kernel"
    r"|\b(KASAN|KMSAN|KCSAN|UBSAN|KFENCE): |soft lockup|hard LOCKUP|blocked for more than \d+ seconds"
    r"|self-detected stall|detected stalls on|refcount_t: |list_(add|del) corruption|double fault"
)
# A warning says where in the source it stands; the lines of TCP itself begin with its name.
_WARNING: Final = re.compile(r"WARNING: (CPU: \d+ PID: \d+ at )?.*\bnet/(ipv4|ipv6|core|netfilter)/")
_TCP: Final = re.compile(r"\bTCP: .*(Impossible|bug|BUG|WARNING)|sk->sk_state|\b(recvmsg|cleanup rbuf) bug")


def alarms(lines: list[str]) -> list[str]:
    """Return the lines that are an alarm, in their order."""
    return [line for line in lines if _ANY.search(line) or _WARNING.search(line) or _TCP.search(line)]
