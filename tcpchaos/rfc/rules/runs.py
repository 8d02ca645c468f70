"""Rules that only a whole run can show to be broken: what its applications, its kernels and its server came to."""

from typing import Final

from tcpchaos.rfc.law import of_a_run

PROMISE: Final = of_a_run(
    "AP-01",
    "9293, 2.2",
    "Faults that must be survived cost the applications time and nothing else.",
    label="MUST-4, MUST-5, MUST-6, MUST-34, MUST-64",
    excuses="a TCP gave up after it had heard nothing for as long as it must wait; what a lethal fault explains",
)
NUMBERS: Final = of_a_run(
    "HS-16",
    "9293, 3.4.1",
    "Nobody can guess an initial sequence number from those of other connections.",
    level="SHOULD",
    tier="soft",
    label="SHLD-1",
    excuses="fewer than nine connections, of each pair of ports the first",
)
SERVES: Final = of_a_run(
    "AP-02",
    "9293, 3.9.1.1",
    "When the chaos is over, a listener takes the next connection, and whoever listens serves it.",
    tier="soft",
    label="MUST-11",
    excuses="the same programs do not do so without any fault either; a server still has a connection whose client it"
    " cannot know to be gone",
)
ALARM: Final = of_a_run(
    "KX-01",
    "",
    "No segment makes a kernel warn of itself, stumble or stop.",
    label="MUST-7",
    excuses="what the kernel's log says of anything but TCP, unless nothing the kernel says can be trusted after it",
)
LIVES: Final = of_a_run(
    "SV-01",
    "",
    "No segment ends a server that nobody has asked to end.",
    excuses="a server that ends without a signal, where it does so without any fault, too",
)
INTACT: Final = of_a_run(
    "SV-02", "", "No segment damages a server's memory, or makes two of its threads race for the same datum."
)
CATCHES: Final = of_a_run(
    "SV-03",
    "",
    "No segment leads a server into an error that nobody in it takes care of.",
    tier="soft",
    excuses="an error that says no more than that a peer has gone; one that shows without any fault, too; what a"
    " lethal fault explains",
)
CLOSES: Final = of_a_run(
    "SV-04",
    "",
    "A server closes its end of every connection that its peer has closed, or that is over.",
    tier="soft",
    excuses="sockets with octets yet to be sent; as many as it leaves open without any fault",
)
KEEPS_NO_FILES: Final = of_a_run(
    "SV-05",
    "",
    "When all is at rest, no process of a server has many more files open than it has without any fault.",
    tier="soft",
    excuses="TCP sockets, which are another rule's; what a connection needs that is still open",
)
KEEPS_NO_MEMORY: Final = of_a_run(
    "SV-06",
    "",
    "When all is at rest, a server has not taken much more memory than it takes without any fault.",
    tier="remark",
)
RESTS: Final = of_a_run(
    "SV-07",
    "",
    "A server with nothing to do does nothing.",
    tier="soft",
    excuses="a server that is as busy without any fault, or has a connection that is still open",
)
COSTS: Final = of_a_run(
    "SV-08",
    "",
    "A segment costs a server about as much processor time under faults as without any.",
    tier="remark",
)
FITS: Final = of_a_run(
    "KX-02",
    "",
    "A kernel drops a segment only for a reason that the segment gives.",
    tier="remark",
)
RESETS_WITH_REASON: Final = of_a_run(
    "KX-03",
    "",
    "The reason that a kernel gives for a reset fits the state of its connection.",
    tier="remark",
)
KEEPS_NO_SOCKETS: Final = of_a_run(
    "KX-04",
    "",
    "When all is at rest, a kernel has no more sockets in use than it can name.",
    tier="soft",
)
COUNTS: Final = of_a_run(
    "KX-05",
    "",
    "What a kernel counts is what passed: wrong checksums, resets, segments from the past.",
    tier="soft",
    excuses="what programs at the same endpoint say to each other is counted too",
)
