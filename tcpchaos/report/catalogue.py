"""The law and the workloads as documents."""

from tcpchaos.report import document as doc


def law() -> doc.Rules:
    """Return the law as a document."""
    from tcpchaos.rfc import LAW

    return doc.Rules(
        rules=tuple(
            doc.RuleEntry(
                id=rule.id,
                level=str(rule.level),
                rfc=rule.rfc,
                label=rule.label or None,
                vantage=rule.vantage,
                sentence=rule.sentence,
            )
            for rule in LAW
        )
    )


def listing() -> doc.Listing:
    """Return what there is to choose from as a document."""
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
    )
