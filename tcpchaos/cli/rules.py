"""`tcpchaos rules`: the law, as the oracle knows it."""

from pathlib import Path

import click
from msgspec.structs import replace

from tcpchaos.cli.group import Mistake
from tcpchaos.cli.output import console, file_option, json_option, print_document, write_file


@click.command("rules")
@click.argument("names", nargs=-1, metavar="[NAME]...")
@click.option(
    "--kind",
    type=click.Choice(["sent", "owed", "state", "told", "run"]),
    help="Only rules about what is sent, what is owed, the state an endpoint says it is in, what applications are"
    " told, or a whole run.",
)
@click.option("--tier", type=click.Choice(["hard", "soft", "remark"]), help="Only rules that are so sure.")
@file_option(
    "--diagram",
    is_flag=False,
    flag_value="-",
    metavar="[FILE.svg]",
    help="Draw the states and the arrows between them instead: RFC 9293's figure 5, from the table that judges.",
)
@json_option
def command(names: tuple[str, ...], kind: str | None, tier: str | None, diagram: Path | None, as_json: bool) -> None:
    """Print the law, each rule with where it stands, what it demands and what it lets pass; and then what becomes in it
    of the requirements that RFC 9293 labels. With NAMEs (SA-02, MUST-12, or RT for all that begin so) only those.

    MUST and SHOULD are an RFC's own capitals; must is what it says without them. A finding of a hard rule is certain
    from what was seen, that of a soft one but for a deadline or a profile; a remark is never a violation.
    """
    from tcpchaos.report.catalogue import chosen, law

    if diagram is not None:
        _draw(diagram)
        return
    document = law()
    if names:
        try:
            document = chosen(document, names)
        except LookupError as error:
            raise Mistake(str(error)) from None
    if kind or tier:
        rules = (rule for rule in document.rules if kind in (None, rule.kind) and tier in (None, rule.tier))
        document = replace(document, rules=tuple(rules), labels=())
    if as_json:
        print_document(document)
        return
    from tcpchaos.report.lawbook import lines

    out = console()
    for line in lines(document, width=out.width):
        out.print(line, soft_wrap=True)


def _draw(file: Path) -> None:
    if str(file) == "-":
        from tcpchaos.report.diagram import text

        out = console()
        for line in text(unicode=(out.encoding or "").lower().startswith("utf")):
            out.print(line, soft_wrap=True)
    elif file.suffix == ".svg":
        from tcpchaos.report.html import diagram

        write_file("--diagram", file, diagram())
    else:
        raise Mistake(f"--diagram {file}: expected a file whose name ends in .svg, or no file for text")
