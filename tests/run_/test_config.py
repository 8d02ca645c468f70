"""What a run is asked for unless something else is said."""

from tcpchaos.run import TIMEOUT_S, RunConfig


def test_a_run_of_nothing_special_is_an_echo_without_faults_between_two_kernels() -> None:
    config = RunConfig()

    assert (config.play, config.plan.rules, config.family, config.mtu) == ("echo", (), 4, 1500)
    assert (config.timeout_s, config.port, config.sysctls, config.strict) == (TIMEOUT_S, 0, {}, False)
