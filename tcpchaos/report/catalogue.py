"""The law, and what there is to choose from, as documents."""

import re
from collections.abc import Iterator, Sequence
from difflib import get_close_matches

from tcpchaos.corpus.case import CaseError
from tcpchaos.corpus.project import Project, strategies
from tcpchaos.corpus.store import read
from tcpchaos.report import document as doc


def law() -> doc.Rules:
    """Return the law as a document."""
    from tcpchaos.rfc import LAW
    from tcpchaos.rfc.labels import REQUIREMENTS

    return doc.Rules(
        rules=tuple(
            doc.RuleEntry(
                id=rule.id,
                kind=rule.kind,
                level=str(rule.level),
                tier=rule.tier,
                rfc=rule.rfc,
                labels=rule.labels,
                vantage=rule.vantage,
                sentence=rule.sentence,
                excuses=rule.excuses or None,
            )
            for rule in LAW
        ),
        labels=tuple(
            doc.Label(
                label=each.label,
                section=each.section,
                subject=each.subject,
                sight=each.sight,
                judged_by=each.judged_by,
                why=each.why or None,
            )
            for each in REQUIREMENTS
        ),
    )


def chosen(law: doc.Rules, names: Sequence[str]) -> doc.Rules:
    """Return of the law what these names name: the id of a rule, a label, or the letters with which several begin.

    Raises LookupError for a name that names nothing, and suggests one.
    """
    ids = [rule.id for rule in law.rules] + [each.label for each in law.labels]
    wanted: set[str] = set()
    for name in map(str.upper, names):
        found = {each for each in ids if _names(name, each)}
        if not found:
            near = get_close_matches(name, ids, n=1, cutoff=0.5)
            groups = ", ".join(dict.fromkeys(each.partition("-")[0] for each in ids))
            hint = f"did you mean {near[0]}?" if near else f"their names begin with {groups}"
            raise LookupError(f"no rule and no label is called {name}; {hint}")
        wanted |= found
    return doc.Rules(
        rules=tuple(rule for rule in law.rules if rule.id in wanted),
        labels=tuple(each for each in law.labels if each.label in wanted),
    )


def _names(name: str, each: str) -> bool:
    """Tell whether a name, which may lack the hyphen or a zero, is that of a rule or label or of its group."""
    letters, _, number = each.partition("-")
    said = re.fullmatch(r"([A-Z]+)(?:-?0*([1-9]\d*))?", name)
    return said is not None and said[1] == letters and said[2] in (None, number.lstrip("0"))


def listing(projects: Sequence[Project] = ()) -> doc.Listing:
    """Return what there is to choose from in these projects as a document."""
    from tcpchaos.sim.mutants import mutants
    from tcpchaos.workloads import WORKLOADS

    return doc.Listing(
        workloads=tuple(doc.Named(name=each.name, sentence=each.sentence) for each in WORKLOADS.values()),
        mutants=tuple(
            doc.Broken(
                name=each.name,
                fault=each.fault,
                rule=each.rule,
                plan=each.plan,
                workload=each.workload,
                side=each.side,
            )
            for each in mutants().values()
        ),
        strategies=tuple(
            doc.Filed(
                name=each.name,
                sentence=each.sentence,
                file=str(each.file),
                builtin=project.builtin,
                trouble=each.trouble,
            )
            for project in projects
            for each in strategies(project)
        ),
        cases=tuple(each for project in projects for each in _cases(project)),
    )


def _cases(project: Project) -> Iterator[doc.Filed]:
    for name, path in project.cases():
        title = expects = trouble = ""
        try:
            case = read(path)
        except (CaseError, OSError) as error:
            trouble = str(error).partition("\n")[0]
        else:
            title, expects = case.title, str(case.expect)
        yield doc.Filed(
            name=name, sentence=title, file=str(path), builtin=project.builtin, expects=expects, trouble=trouble
        )
