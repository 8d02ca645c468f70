"""Captures made in one place: what was not heard is held against nobody, what an endpoint said itself is."""

from tcpchaos.oracle import Oracle
from tests.transcript import Playback

OPEN = """
    client> S 0:0(0) win 65535
    server> S. 0:0(0) ack 1 win 65535
    client> . 1:1(0) ack 1 win 512
"""


def heard(text: str) -> Playback:
    return Playback(text, Oracle(vantage="one"))


def told(text: str) -> tuple[list[str], list[str]]:
    """The rules broken, and those that would be if all had been heard."""
    playback = heard(text)
    return playback.broken, [finding.rule for finding in playback.verdict().undecided]


def test_an_acknowledgment_of_what_was_not_heard_shows_a_hole() -> None:
    playback = heard(OPEN + "server> . 1:1(0) ack 500 win 512\nserver> P. 1:3(2) ack 500 win 512")
    assert (playback.broken, playback.verdict().undecided) == ([], ())
    assert playback.connection.holes == 1
    assert not playback.connection.whole
    assert any("segments that were not captured" in note for note in playback.verdict().notes)


def test_what_was_suspected_before_a_hole_showed_is_dropped() -> None:
    suspicious = OPEN + "server> . 1:1(0) ack 1 win 9 <nop,nop,TS val 9 ecr 0>"
    assert told(suspicious) == ([], ["OP-22"])
    assert told(suspicious + "\nserver> . 1:1(0) ack 500 win 9 <nop,nop,TS val 9 ecr 0>") == ([], [])


def test_one_direction_is_enough_to_compare_an_endpoint_with_itself() -> None:
    client = """
        client> S 0:0(0) win 65535
        client> . 1:1(0) ack 1 win 512
        client> P. 1:3(2) ack 1 win 512 "ab"
        client> . 3:3(0) ack 4000 win 512
        client> P. 1:3(2) ack 4000 win 512 "ab"
    """
    assert told(client) == ([], [])
    assert told(client + 'client> P. 1:3(2) ack 4000 win 512 "ax"') == (["RT-01 client"], [])


def test_in_the_middle_an_endpoint_is_held_to_its_own_words() -> None:
    middle = """
        client> P. 1000:1002(2) ack 700 win 9 "ab"
        server> . 700:700(0) ack 1002 win 9
        client> P. 1002:1004(2) ack 700 win 9 "cd"
    """
    assert told(middle + 'client> P. 1002:1004(2) ack 700 win 9 "cd"') == ([], [])
    assert told(middle + 'client> P. 1002:1004(2) ack 700 win 9 "cx"')[0] == ["RT-01 client"]
    closed = middle + "client> F. 1004:1004(0) ack 700 win 9\nserver> . 700:700(0) ack 1005 win 9\n"
    assert told(closed + "client> F. 1004:1004(0) ack 700 win 9") == ([], [])
    assert told(closed + "client> P. 1004:1009(5) ack 700 win 9")[0] == ["TD-02 client"]
    assert told(closed + "client> F. 1005:1005(0) ack 700 win 9")[0] == ["FL-09 client"]


def test_the_first_fin_that_is_heard_may_be_one_sent_again() -> None:
    assert told("client> . 1005:1005(0) ack 700 win 9\nclient> F. 1004:1004(0) ack 700 win 9") == ([], [])
    # Lost before it came here, while the acknowledgment behind it came.
    assert told(OPEN + "client> . 2:2(0) ack 1 win 9\nclient> F. 1:1(0) ack 1 win 9") == ([], [])


def test_another_connection_between_the_same_ports_is_not_the_first_one() -> None:
    closed = (
        OPEN
        + """
        client> P. 1:3(2) ack 1 win 512 "ab"
        client> F. 3:3(0) ack 1 win 512
        server> F. 1:1(0) ack 4 win 512
        client> . 4:4(0) ack 2 win 512
    """
    )
    again = """
        client> P. 70000:70002(2) ack 70002 win 512 "xy"
        server> . 70002:70002(0) ack 70002 win 512
        server> P. 70002:70004(2) ack 70002 win 512
        client> F. 70002:70002(0) ack 70004 win 512
    """
    assert told(closed + again) == ([], [])
    assert told(closed + again.replace("70", "2070")) == ([], [])


def test_an_octet_that_keeps_a_connection_alive_is_no_data() -> None:
    client = """
        client> P. 1000:1002(2) ack 700 win 9 "ab"
        client> . 1001:1002(1) ack 700 win 9 "\\0"
    """
    assert told(client) == ([], [])


def test_what_a_network_card_does_is_held_against_nobody() -> None:
    joined = OPEN.replace("S 0:0(0) win 65535", "S 0:0(0) win 65535 <mss 1460>") + "server> P. 1:9001(9000) ack 1 win 9"
    assert told(joined) == ([], [])


def test_a_window_may_have_been_opened_unheard() -> None:
    narrow = OPEN.replace("65535", "9").replace("512", "9")
    assert told(narrow + "server> P. 1:101(100) ack 1 win 9") == ([], [])


def test_states_are_told_of_a_connection_taken_up_in_the_middle() -> None:
    playback = heard("client> P. 9:11(2) ack 700 win 9\nserver> . 700:700(0) ack 11 win 9")
    assert playback.connection.states == ("ESTABLISHED", "ESTABLISHED")
    playback._play("client> F. 11:11(0) ack 700 win 9")
    playback._play("server> . 700:700(0) ack 12 win 9")
    assert playback.connection.states == ("FIN-WAIT-2", "CLOSE-WAIT")
