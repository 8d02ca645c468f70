"""The applications' ledger compares octet by octet and keeps only what was not read yet."""

from hypothesis import given
from hypothesis import strategies as st

from tcpchaos.oracle import Conversation
from tcpchaos.trace import Side

pieces = st.lists(st.binary(max_size=9), max_size=9)


def cut(octets: bytes, sizes: list[int]) -> list[bytes]:
    found = []
    for size in sizes:
        found.append(octets[:size])
        octets = octets[size:]
    return [*found, octets]


@given(pieces, st.lists(st.integers(0, 9), max_size=9))
def test_what_was_written_may_be_read_in_any_pieces(written: list[bytes], sizes: list[int]) -> None:
    talk = Conversation()
    for piece in written:
        talk.wrote(Side.CLIENT, piece)
    for piece in cut(b"".join(written), sizes):
        talk.read(Side.SERVER, piece)
    account = talk.account(Side.SERVER)
    assert account.differs_at is None
    assert account.read == talk.account(Side.CLIENT).wrote == sum(map(len, written))


@given(st.binary(min_size=1, max_size=40), st.data())
def test_the_first_octet_that_differs_is_found(octets: bytes, data: st.DataObject) -> None:
    at = data.draw(st.integers(0, len(octets) - 1))
    wrong = octets[:at] + bytes([octets[at] ^ 1]) + octets[at + 1 :]
    talk = Conversation()
    for piece in cut(octets, data.draw(st.lists(st.integers(0, 9), max_size=9))):
        talk.wrote(Side.SERVER, piece)
    for piece in cut(wrong, data.draw(st.lists(st.integers(0, 9), max_size=9))):
        talk.read(Side.CLIENT, piece)
    assert talk.account(Side.CLIENT).differs_at == at
    assert talk.account(Side.CLIENT).read == len(octets)


def test_reading_what_nobody_wrote_differs_at_once() -> None:
    talk = Conversation()
    talk.read(Side.CLIENT, b"x")
    assert talk.account(Side.CLIENT).differs_at == 0


def test_what_is_heard_of_one_who_tells_nothing_is_counted_and_not_compared() -> None:
    talk = Conversation(silent=Side.SERVER)
    talk.wrote(Side.CLIENT, b"hello")
    talk.read(Side.CLIENT, b"HELLO?")
    account = talk.account(Side.CLIENT)
    assert (account.wrote, account.read, account.differs_at) == (5, 6, None)


def test_the_first_end_counts_and_an_abort_outranks_a_close() -> None:
    talk = Conversation()
    talk.ended(Side.CLIENT, "reset")
    talk.ended(Side.CLIENT, "eof")
    talk.closed(Side.CLIENT, "shutdown")
    talk.closed(Side.CLIENT, "close")
    assert (talk.account(Side.CLIENT).ended, talk.account(Side.CLIENT).closed) == ("reset", "shutdown")
    talk.closed(Side.CLIENT, "abort")
    assert talk.account(Side.CLIENT).closed == "abort"


def test_who_has_not_closed_and_is_told_that_nobody_listens_is_muted() -> None:
    talk = Conversation()
    talk.ended(Side.SERVER, "eof")
    talk.ended(Side.SERVER, "pipe")
    talk.closed(Side.CLIENT, "shutdown")
    talk.ended(Side.CLIENT, "pipe")
    assert [talk.account(side).muted for side in Side] == [False, True]
    assert talk.account(Side.SERVER).ended == "eof"
