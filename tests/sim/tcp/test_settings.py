"""What an endpoint is by default."""

from tcpchaos.sim.tcp import Keepalive, Settings


def test_defaults_keep_what_the_rfcs_ask_for() -> None:
    settings = Settings()
    assert settings.delayed_ack_us < 500_000  # MUST-40
    assert settings.rto_initial_us == 1_000_000  # RFC 6298, section 2.1
    assert settings.msl_us * 2 >= 60_000_000
    assert settings.keepalive is None  # MUST-25: off by default
    assert Keepalive().idle_us >= 7_200_000_000  # MUST-28


def test_giving_up_takes_as_long_as_it_must() -> None:
    settings = Settings()
    doubled = [min(settings.rto_min_us << n, settings.rto_max_us) for n in range(settings.retries + 1)]
    assert sum(doubled) > 100_000_000  # SHLD-11
