"""What trackers say of a study in words, and when it ran."""

from pipeline.tracking.facts import RunShown, StudyShown

OBSERVED = "as observed"
NOT_KNOWN = "of the projection; when it ran is not known"
SHOWN = 12


def span(of: StudyShown | RunShown) -> tuple[float, float] | None:
    """Return when a run, or all of a study's, began and ended [s since 1970]; None where one's times are not known."""
    if isinstance(of, RunShown):
        return of.times
    known = [run.times for run in of.runs if run.times]
    if len(known) < len(of.runs):
        return None
    return min(start for start, _ in known), max(end for _, end in known)


def note(study: StudyShown) -> str:
    """Return what a study claims and concludes, in Markdown."""
    tags = study.tags
    lines = [study.about, "", f"This study is {tags['standing']}. Controls: {tags.get('controls', 'not judged')}.", ""]
    lines += [f"- {name.partition('/')[2]}: {said}" for name, said in tags.items() if name.startswith("verdict/")]
    lines += [f"- claim {name.partition('/')[2]}: {said}" for name, said in tags.items() if name.startswith("claim/")]
    if study.left_out:
        lines += ["", f"{len(study.left_out)} artefacts are not true and are left out:", ""]
        lines += [f"- {home}: {why}" for home, why in list(study.left_out.items())[:SHOWN]]
    return "\n".join([*lines, "", f"Projected from receipts; commit {tags['commit']}, {tags['sources']}."])
