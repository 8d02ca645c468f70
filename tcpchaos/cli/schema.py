"""`tcpchaos schema`: the published JSON schemas."""

import json
import sys

import click


@click.command("schema")
@click.argument("kind", required=False)
def command(kind: str | None) -> None:
    """Print the JSON schema of one KIND of document; without KIND, name the kinds."""
    from difflib import get_close_matches

    from tcpchaos.cli.group import Mistake
    from tcpchaos.report.document import KINDS, schema

    if kind is None:
        for name, document in KINDS.items():
            sys.stdout.write(f"{name:<8} {document.__struct_config__.tag:<10} {(document.__doc__ or '').strip()}\n")
        return
    name = kind.partition("/")[0]
    if name not in KINDS:
        near = get_close_matches(name, KINDS, n=1, cutoff=0.5)
        hint = f"did you mean {near[0]}?" if near else f"there are {', '.join(KINDS)}"
        raise Mistake(f"no document is called {kind}; {hint}")
    sys.stdout.write(json.dumps(schema(name), indent=2) + "\n")
