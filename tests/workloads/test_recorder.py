from tcpchaos.trace import Side
from tcpchaos.workloads.recorder import ACCOUNTS_KEPT, Recorder
from tests.workloads.conftest import Judge


def test_both_sides_of_a_connection_write_into_one_account(judge: Judge) -> None:
    recorder = Recorder(judge)

    account = recorder.join(Side.SERVER, 40000, 80)
    assert recorder.join(Side.CLIENT, 40000, 80) is account

    account.say_wrote(Side.CLIENT, b"hello")
    account.say_read(Side.SERVER, b"hel")
    account.say_read(Side.SERVER, b"lo")
    account.say_closed(Side.CLIENT, "shutdown")
    account.say_ended(Side.SERVER, "eof")

    assert (account.number, account.wrote, account.read) == (1, [5, 0], [0, 5])
    assert (account.ended, account.closed) == (["", "eof"], ["shutdown", ""])
    assert judge.told[0].ports == (40000, 80)
    assert judge.told[0].octets_read == [0, 5]
    assert judge.told[0].events == ["client shutdown", "server eof"]


def test_what_says_more_about_an_end_outweighs_what_says_less(judge: Judge) -> None:
    account = Recorder(judge).join(Side.CLIENT, 40000, 80)

    for how in ("eof", "eof", "pipe", "eof", "gone", "reset", "timeout", "pipe", "eof"):
        account.say_ended(Side.CLIENT, how)

    assert account.ended == ["reset", ""]
    assert judge.told[0].events == ["client eof", "client pipe", "client reset"]


def test_ports_that_are_used_again_begin_another_account() -> None:
    recorder = Recorder()
    first = recorder.join(Side.CLIENT, 40000, 80)

    second = recorder.join(Side.CLIENT, 40000, 80)

    assert second is not first
    assert recorder.join(Side.SERVER, 40000, 80) is second
    assert recorder.connections == 2


def test_an_attempt_without_a_connection_is_an_account_too_and_nobody_else_hears_of_it(judge: Judge) -> None:
    recorder = Recorder(judge)

    recorder.failed(Side.CLIENT, "refused")

    assert recorder.accounts[0].ended == ["refused", ""]
    assert (recorder.connections, recorder.whole) == (1, 0)
    assert judge.told == []


def test_the_ports_of_an_attempt_tell_to_whom_it_matters(judge: Judge) -> None:
    recorder = Recorder(judge)

    recorder.failed(Side.SERVER, "refused", client_port=20001, server_port=20002)
    recorder.failed(Side.CLIENT, "reset", client_port=20001, server_port=20002)

    assert [account.ended for account in recorder.accounts] == [["reset", "refused"]]
    assert judge.told[0].events == ["server refused", "client reset"]


def test_a_failed_attempt_and_the_half_of_a_connection_are_one_where_there_is_only_one(judge: Judge) -> None:
    recorder = Recorder(judge)
    half = recorder.join(Side.SERVER, 40000, 80)
    recorder.failed(Side.CLIENT, "reset")

    recorder.unite(Side.CLIENT)

    assert recorder.accounts == [half]
    assert (half.ended, recorder.connections) == (["reset", ""], 1)
    assert judge.told[0].events == ["client reset"]


def test_several_failed_attempts_are_nobodys_in_particular() -> None:
    recorder = Recorder()
    recorder.join(Side.SERVER, 40000, 80)
    for _ in range(2):
        recorder.failed(Side.CLIENT, "reset")

    recorder.unite(Side.CLIENT)

    assert recorder.connections == 3


def test_what_everybody_waits_for_can_be_said() -> None:
    recorder = Recorder()
    account = recorder.join(Side.CLIENT, 40000, 80)
    account.doing[Side.CLIENT] = {"reading": "at octet 17", "writing": "at octet 4"}

    with recorder.connecting(Side.SERVER):
        assert recorder.waiting() == ("server was connecting", "client was reading at octet 17 and writing at octet 4")
    recorder.finish(account, Side.CLIENT, kept=False)

    assert recorder.waiting() == ()


def test_the_side_that_has_not_taken_a_connection_yet_is_known() -> None:
    recorder = Recorder()
    recorder.join(Side.CLIENT, 40000, 80)
    recorder.join(Side.CLIENT, 40001, 80)
    recorder.join(Side.SERVER, 40001, 80)

    assert [recorder.unanswered(side) for side in Side] == [0, 1]


def test_of_very_many_connections_only_the_broken_off_are_all_kept() -> None:
    recorder = Recorder()
    broken_off = recorder.join(Side.CLIENT, 1, 80)
    recorder.finish(broken_off, Side.CLIENT, kept=False)

    for port in range(2, ACCOUNTS_KEPT + 1000):
        for side in Side:
            recorder.finish(recorder.join(side, port, 80), side, kept=True)

    assert len(recorder.accounts) <= ACCOUNTS_KEPT + 1
    assert broken_off in recorder.accounts
    assert (recorder.connections, recorder.whole) == (ACCOUNTS_KEPT + 999, ACCOUNTS_KEPT + 998)


def test_who_waits_for_octets_is_told_of(judge: Judge) -> None:
    recorder = Recorder(judge)
    account = recorder.join(Side.CLIENT, 40000, 80)
    recorder.join(Side.SERVER, 40000, 80)
    account.doing[Side.CLIENT]["reading"] = "at octet 0"
    account.doing[Side.SERVER]["writing"] = "at octet 0"

    recorder.tell_waiting(7_000_000)

    assert judge.told[0].events == ["client waits at 7000000"]
