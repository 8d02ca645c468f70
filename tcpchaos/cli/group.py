"""How the commands are found, how mistakes are told, and which exit code says what."""

import importlib
import importlib.util
import os
import shutil
import sys
import textwrap
from collections.abc import Iterator
from difflib import get_close_matches
from typing import Any, Final, NoReturn

import click

PASSED: Final = 0
VIOLATED: Final = 1
MISUSED: Final = 2
BROKEN: Final = 3
INTERRUPTED: Final = 130  # 128 + SIGINT, as shells say it
PIPE_CLOSED: Final = 141  # 128 + SIGPIPE, as every program that dies of it

# Command, module, and the line that `--help` shows without importing the module.
COMMANDS: Final = {
    "run": ("tcpchaos.cli.run", "One run through the proxy: a workload, a plan, a verdict."),
    "fuzz": ("tcpchaos.cli.fuzz", "A campaign: look for plans under which somebody breaks the law."),
    "check": ("tcpchaos.cli.check", "Judge a capture that someone else made (pcap, pcapng)."),
    "replay": ("tcpchaos.cli.replay", "Replay saved cases: does each still say the truth?"),
    "nightly": ("tcpchaos.cli.nightly", "Replay, then search, and compare with the night before: for CI."),
    "merge": ("tcpchaos.cli.merge", "Join what the parts of a campaign or of a night found."),
    "report": ("tcpchaos.cli.report", "Draw a document that `--json` printed, as text or as a page."),
    "export": ("tcpchaos.cli.export", "Write a case for packetdrill, scapy, pytest or Wireshark."),
    "import": ("tcpchaos.cli.importing", "Make a case of a capture: what looks like a fault becomes a plan."),
    "rules": ("tcpchaos.cli.rules", "Print the law: every rule that the oracle knows."),
    "list": ("tcpchaos.cli.listing", "Name the strategies, the workloads, the cases, or the mutants."),
    "init": ("tcpchaos.cli.init", "Make a project: strategies and a corpus of your own."),
    "bridge": ("tcpchaos.cli.bridge", "Join two interfaces: a bump in the wire, judged while it lasts."),
    "ctl": ("tcpchaos.cli.ctl", "Ask a bridge that runs, give it another plan, end it."),
    "attach": ("tcpchaos.cli.attach", "The proxy on flows of a port of this host, judged while it lasts."),
    "doctor": ("tcpchaos.cli.doctor", "Tell what works on this machine and what to do about the rest."),
    "schema": ("tcpchaos.cli.schema", "Print the JSON schema of a kind of document."),
    "bench": ("tcpchaos.cli.bench", "Measure speed, beside baselines of the same run."),
}


class Mistake(click.ClickException):
    """Wrong usage or bad input: what is wrong, where, what to write instead. Ends the command with exit code 2."""

    exit_code = MISUSED

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.ctx = click.get_current_context(silent=True)


class Commands(click.Group):
    """A group whose commands are imported when they are called, and whose mistakes have one voice."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Name the commands that there are."""
        return [name for name, (module, _) in COMMANDS.items() if _exists(module)]

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import a command, None where there is none of this name."""
        if cmd_name not in self.list_commands(ctx):
            return None
        command: click.Command = importlib.import_module(COMMANDS[cmd_name][0]).command
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Find the command, or suggest the one that was probably meant."""
        names = self.list_commands(ctx)
        if args and not args[0].startswith("-") and args[0] not in names:
            near = get_close_matches(args[0], names, n=1, cutoff=0.5)
            hint = f"did you mean {near[0]}?" if near else f"there are {', '.join(names)}"
            raise Mistake(f"no command is called {args[0]}; {hint}")
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the list of commands without importing them."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, COMMANDS[name][1]) for name in self.list_commands(ctx)])

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command; a reader that has gone away (`| head`) ends it quietly."""
        try:
            code = super().invoke(ctx)
            sys.stdout.flush()
        except click.UsageError as mistake:
            if mistake.ctx is None and ctx.invoked_subcommand is not None:  # click's parser says only what is wrong
                mistake.ctx = click.Context(click.Command(None), parent=ctx, info_name=ctx.invoked_subcommand)
            raise
        except BrokenPipeError:
            # Python flushes stdout once more at exit and would complain about it there.
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            return PIPE_CLOSED
        return code

    def main(self, *args: Any, **extra: Any) -> NoReturn:
        """Run the command line and exit; no mistake of the user's ends in a traceback."""
        try:
            code = super().main(*args, **{"prog_name": "tcpchaos", **extra, "standalone_mode": False})
        except click.exceptions.NoArgsIsHelpError as help_wanted:
            click.echo(help_wanted.format_message())
            code = MISUSED
        except click.ClickException as mistake:
            _tell(mistake)
            code = mistake.exit_code
        except (click.Abort, KeyboardInterrupt):
            click.echo("tcpchaos: interrupted", err=True)
            code = INTERRUPTED
        sys.exit(code if isinstance(code, int) else PASSED)


def _exists(module: str) -> bool:
    return importlib.util.find_spec(module) is not None


def _tell(mistake: click.ClickException) -> None:
    """Write a mistake to stderr: who complains, what is wrong, what to write instead."""
    context = getattr(mistake, "ctx", None)
    path = context.command_path if context is not None else "tcpchaos"
    message = mistake.format_message()
    if isinstance(mistake, click.UsageError):
        message = f"{message[0].lower()}{message[1:]}".rstrip(".")
        message += f"\nsee `{path} --help`"
    message = f"{path}: {message}"
    if sys.stderr.isatty():
        message = "\n".join(_fitted(message, shutil.get_terminal_size().columns))
    click.echo(message, err=True)


def _fitted(message: str, columns: int) -> Iterator[str]:
    """Yield the lines of a message broken between words; what is indented points at something and stays as it is."""
    for line in message.splitlines():
        if line.startswith(" "):
            yield line
        else:
            yield from textwrap.wrap(line, columns - 1, break_long_words=False, break_on_hyphens=False)
