import pytest

from tcpchaos.workloads import WORKLOADS, workload


def test_every_workload_has_a_name_and_a_sentence() -> None:
    assert list(WORKLOADS) == [
        "echo",
        "handshake",
        "request-response",
        "bulk-up",
        "bulk-down",
        "bulk-both",
        "half-close-client",
        "half-close-server",
        "simultaneous-open",
        "simultaneous-close",
        "abort",
        "abort-server",
        "slow-reader",
        "keepalive",
        "urgent",
        "call-back",
        "many-connections",
    ]
    for name, found in WORKLOADS.items():
        assert workload(name) is found
        assert found.sentence.endswith(".")
        assert len(found.sentence) < 100


def test_a_name_that_does_not_exist_is_answered_with_one_that_does() -> None:
    with pytest.raises(LookupError, match="no workload is called bulk-dwon: did you mean bulk-down"):
        workload("bulk-dwon")
    with pytest.raises(LookupError, match="no workload is called xyzzy: there are echo, handshake, request-response"):
        workload("xyzzy")
