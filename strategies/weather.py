"""Loss, reordering, duplication, jitter and slow lines: no application may notice more than the time they take.

Nothing here changes a segment or makes one up, so each octet must arrive, in order, once. What is looked for: a
transfer that stands still, is given up, or comes out different; and rules of the law that cry wolf where nothing is
wrong.
"""

from hypothesis import strategies as st

import tcpchaos.search as chaos

segments = chaos.selectors("any data", "any any", "client data", "server data", "any ack", "client any", "server any")
single = chaos.selectors("client data", "server data", "client ack", "server ack", "any fin", "any syn", nth=(1, 2, 3))
storm = chaos.actions("delay 5ms", "hold 1", "duplicate", "drop", "delay 20ms", "hold 3", "duplicate 2 after 10ms")

plans = chaos.plans(
    chaos.rules(single, storm, chaos.actions("delay 150ms", "hold until any", "corrupt 0 0xff, checksum=bad")),
    chaos.rules(segments, storm, chance_ppm=(10_000, 50_000, 150_000)),
    chaos.rules(segments, chaos.actions("delay 5ms", "delay 20ms", "delay 50ms", "delay 150ms")),
    chaos.rules(segments, chaos.rates((10_000_000, 1_000_000, 100_000), queue=(20, 4, 1))),
    seeds=st.integers(0, 255),
)
workloads = ("echo", "request-response", "bulk-up", "bulk-down", "bulk-both", "half-close-client", "half-close-server")
