"""What stands beside the packets of a run in a capture."""

from typing import Any

from msgspec.structs import replace

from tcpchaos.report.commentary import commentary


def test_each_deed_is_told_with_the_rule_that_asked_for_it(handshake: Any) -> None:
    frame = handshake.sent("client", "P. 1:6(5) ack 1 win 502", "drop")

    told = commentary(handshake.run(rules=(("client data#1: drop", 1), ("any fin: drop", 0))))

    assert told.comments == {frame: ["by the rule client data#1: drop"]}


def test_what_a_kernel_said_and_what_was_broken_stands_at_the_frame(handshake: Any) -> None:
    frame = handshake.passes("client", ". 18:18(0) ack 27 win 501")
    handshake.events[-1] = replace(handshake.events[-1], kernel="dropped by the server's kernel: TCP_OLD_SEQUENCE")

    told = commentary(
        handshake.run(handshake.found(frame), handshake.found(0), handshake.found(frame, known="linux-1"))
    )

    breach = (
        "SA-02 (MUST, RFC 9293, section 3.4), the client is to blame: Nothing is acknowledged that was never delivered."
        " Observed: ack 27. Legal: an ack of at most 18."
    )
    assert told.comments == {
        frame: [breach, f"{breach} Waived, a known deviation: linux-1."],
        frame + 1: ["dropped by the server's kernel: TCP_OLD_SEQUENCE"],
    }


def test_endpoints_have_names_where_they_are_always_the_same(handshake: Any) -> None:
    run = handshake.run()
    other = replace(run.connections[0], client=replace(run.connections[0].client, address="10.9.0.3"))

    assert commentary(run).names == {"10.9.0.1": "client", "10.9.0.2": "server"}
    assert commentary(replace(run, connections=(*run.connections, other))).names == {}
    assert commentary(replace(run, connections=())).names == {}
