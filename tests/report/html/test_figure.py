"""The diagram of states in pixels."""

from tcpchaos.report.html.figure import HEIGHT, WIDTH, figure
from tcpchaos.rfc.states import State

CLIENT = {(State.CLOSED, State.SYN_SENT), (State.SYN_SENT, State.CLOSED)}


def test_everything_stands_on_the_paper() -> None:
    made = figure()

    assert {frame.name for frame in made.frames} == {str(state) for state in State}
    assert all(frame.x >= 0 and frame.x + frame.width <= WIDTH for frame in made.frames)
    assert all(frame.y >= 0 and frame.y + frame.height <= HEIGHT for frame in made.frames)
    assert made.said == ""
    assert not any(line.by for line in made.lines)


def test_corners_are_round() -> None:
    bent = next(line for line in figure().lines if line.said == "rcv SYN,ACK")

    assert bent.path.count("Q") == 1


def test_what_was_taken_is_marked_and_said() -> None:
    made = figure(client=CLIENT, server={(State.LISTEN, State.SYN_RECEIVED)})

    taken = {line.said: line.by for line in made.lines if line.by}
    assert taken == {"snd SYN": ["client"], "rcv SYN": ["server"]}
    assert made.said == (
        "The client went from CLOSED to SYN-SENT, from SYN-SENT to CLOSED. The server went from LISTEN to SYN-RECEIVED."
    )


def test_a_reset_that_ended_a_state_is_marked_at_its_box() -> None:
    frames = [frame for frame in figure(client=CLIENT).frames if frame.reset_by]

    assert [(frame.name, frame.reset, frame.reset_by) for frame in frames] == [("SYN-SENT", "CLOSED", ["client"])]


def test_closed_is_two_boxes_one_for_the_beginning_and_one_for_the_end() -> None:
    begun, ended = (frame for frame in figure(client={(State.CLOSED, State.SYN_SENT)}).frames if frame.name == "CLOSED")

    assert begun.by == ["client"]
    assert ended.by == []
