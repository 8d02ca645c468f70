"""What `attach` and `bridge` are told alike, the words for it, and how they end."""

import json
import shlex
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from tcpchaos.cli.group import Mistake
from tcpchaos.cli.watching import Watch, watch_options, words
from tcpchaos.report.outcome import not_lived
from tcpchaos.run.live import LiveConfig

ALL = (
    *("--fault", "client data: drop 1%", "--seed", "7", "--time", "2.5", "--strict"),
    *("--pcapng", "a.pcapng", "-q", "-v", "--html", "a.html", "--json"),
)


def told(*arguments: str) -> tuple[Watch, int]:
    """What a command is given that has an option of its own beside these."""
    heard: list[tuple[Watch, int]] = []

    @click.command()
    @click.option("--port", type=int, default=80)
    @watch_options
    def command(port: int, watch: Watch) -> int:
        heard.append((watch, port))
        return 0

    result = CliRunner().invoke(command, arguments, standalone_mode=False)
    assert result.exception is None, result.exception
    return heard[0]


def test_a_command_has_them_as_one_beside_its_own() -> None:
    watch, port = told("--port", "9", *ALL)

    assert port == 9
    assert watch == Watch(
        faults=("client data: drop 1%",),
        plan_file=None,
        seed=7,
        time_s=2.5,
        strict=True,
        pcap=Path("a.pcapng"),
        quiet=True,
        verbose=True,
        html=Path("a.html"),
        as_json=True,
    )


def test_without_any_all_flows_pass_until_somebody_ends_it() -> None:
    watch, port = told()

    assert port == 80
    assert (watch.plan().rules, watch.time_s, watch.strict) == ((), None, False)


@pytest.mark.parametrize("arguments", [(), ("--time", "2.5"), ALL[:7]])
def test_the_words_ask_for_the_same(arguments: tuple[str, ...]) -> None:
    watch, _ = told(*arguments)
    config = LiveConfig(flows="port 80", plan=watch.plan(), time_s=watch.time_s, strict=watch.strict)

    again, _ = told(*words(config))

    assert again.plan() == watch.plan()
    assert (again.time_s, again.strict) == (watch.time_s, watch.strict)


def test_a_plan_that_cannot_be_read_is_a_mistake() -> None:
    watch, _ = told("--fault", "client data: lose")

    with pytest.raises(Mistake, match="--fault"):
        watch.plan()


def ended(*arguments: str) -> tuple[str, int]:
    """What is printed, and which exit code, of a watch that could not be had."""
    watch, _ = told(*arguments)
    document = not_lived(LiveConfig(flows="port 80"), "queue", shlex.join(arguments), "something", "get it")

    @click.command()
    def command() -> None:
        raise SystemExit(watch.conclude(document, ladders=True))

    result = CliRunner().invoke(command)
    return result.output, result.exit_code


def test_of_what_could_not_be_had_only_a_document_is_printed() -> None:
    assert ended() == ("", 3)
    output, code = ended("--json")
    assert (json.loads(output)["broken"]["missing"], code) == ("something", 3)


def test_a_page_is_drawn_whatever_is_printed(tmp_path: Path) -> None:
    page = tmp_path / "page.html"

    assert ended("--html", str(page)) == ("", 3)

    assert page.read_text().startswith("<!")
