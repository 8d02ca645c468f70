"""Each state of either endpoint, met by each set of flags at each position: a table of how an endpoint conforms.

RFC 9293 says for every state what an arriving segment does to it, and most of it never happens between friends. Nothing
is left to chance here: 3696 segments are enumerated, one for each cell. What is looked for: a cell that nobody ever
tried.
"""

from hypothesis import strategies as st

from tcpchaos.search import matrix

cells = matrix.cells
plans = st.sampled_from(list(cells())).map(lambda cell: cell.plan)
workloads = tuple(dict.fromkeys(cell.workload for cell in cells()))
