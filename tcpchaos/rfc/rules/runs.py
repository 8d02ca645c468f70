"""Rules that only a whole run can show to be broken: what its applications, its kernels and its server came to."""

from typing import Final

from tcpchaos.rfc.law import of_a_run

PROMISE: Final = of_a_run(
    "AP-01",
    "9293, 2.2",
    "Faults that must be survived cost the applications time and nothing else.",
    excuses="a TCP gave up after it had heard nothing for as long as it must wait",
)
