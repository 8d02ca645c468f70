"""The one way in which a backend says that the environment failed."""

from tcpchaos.backends.host import Broken


def test_says_what_is_missing_and_how_to_get_it() -> None:
    broken = Broken("no veth interfaces", "sudo modprobe veth")
    assert (broken.missing, broken.remedy) == ("no veth interfaces", "sudo modprobe veth")
    assert str(broken) == "no veth interfaces: sudo modprobe veth"
