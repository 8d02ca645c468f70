"""What may move an endpoint and since when, and what must leave it where it is."""

from tcpchaos.rfc import Cause
from tcpchaos.trace import Side
from tests.rfc.rules.case import OPEN
from tests.transcript import ISS, Playback


def test_a_reason_counts_from_its_first_delivery() -> None:
    played = Playback(OPEN + "client> @5 F. 1:1(0) ack 1 win 9\nclient> @700 F. 1:1(0) ack 1 win 9")
    since = played.connection.moves[Side.SERVER].since
    assert since[Cause.RECEIVE_FIN] == 5_000
    assert Cause.RECEIVE_ACK_OF_FIN not in since


def test_the_highest_acknowledgment_is_one_that_may_have_been_taken_in() -> None:
    played = Playback(OPEN + ">client . 1:1(0) ack 4 win 9\n>client . 1:1(0) ack 200000 win 9")
    assert played.connection.moves[Side.CLIENT].una == ISS[Side.CLIENT] + 4


def test_what_must_be_refused() -> None:
    talk = OPEN + "server> P. 1:3(2) ack 1 win 9\nclient> . 1:1(0) ack 3 win 9\n"
    assert Playback(talk).connection.moves[Side.SERVER].refused is None
    assert Playback(talk + ">server R 5:5(0) win 0").connection.moves[Side.SERVER].refused == "RS-03"
    assert Playback(talk + ">server S 5:5(0) win 0").connection.moves[Side.SERVER].refused == "ST-10"


def test_nothing_is_learnt_from_a_wrong_checksum() -> None:
    played = Playback(OPEN + ">client . 1:1(0) ack 4 win 9 checksum 0x1")
    assert played.connection.moves[Side.CLIENT].una <= ISS[Side.CLIENT] + 1
