"""The sections of a report, answer first; an exploratory study has neither verdicts nor held-out numbers."""

from typing import Any

from pipeline.science.reporting import claims as stated_claims
from pipeline.science.reporting import (
    components,
    controls,
    data_efficiency,
    one_claim,
    pictures,
    replication,
    search_tables,
    sizes,
    tables,
    variance,
)
from pipeline.science.reporting.analysis import Analysis
from pipeline.science.reporting.answer import AFTER_A_LOOK, answer
from pipeline.science.reporting.blocks import (
    Bullets,
    Facts,
    Listing,
    Paragraph,
    Picture,
    Report,
    Section,
)
from pipeline.science.reporting.checklist import checklist
from pipeline.science.reporting.interim import interim
from pipeline.science.reporting.sampling import dealt, sampling
from pipeline.science.reporting.wording import (
    counted,
    listed,
    number,
)

COMMANDS = (
    ("make setup", "set up the locked environment in .venv, at the root of the repository; then activate it"),
    ("snakemake --cores 2", "rebuild whatever is not true any more, and nothing else"),
    ("pipeline status", "say which artefacts are valid, and why each other one is not"),
    ("pipeline verify", "rebuild the recorded result in an empty room and compare every byte"),
)


SEEN = (
    "The validation rows are among the training rows: validation scores are of rows that were trained on, and say "
    "nothing of new ones. Nothing was selected by them."
)
REUSED = "Variants of the full method use its hyper-parameters, which favours the full method over its ablations."
READERS = ("table_file", "image_folder", "npz_file")  # data sets that read whatever file is named
OPTIONAL = {  # by the table that each shows
    "replication": replication.section,
    "variance": variance.section,
    "effects": components.section,
    "data_efficiency": data_efficiency.section,
}


def report(analysis: Analysis) -> Report:
    """Return the whole report of an analysis."""
    made = [answer(analysis), claim(analysis), data(analysis), budget(analysis), results(analysis)]
    if "contrasts" in analysis.tables:
        made.append(contrasts(analysis))
    if stated_claims.has_claims(analysis):
        made.append(stated_claims.claims(analysis))
    made += [part(analysis) for name, part in OPTIONAL.items() if name in analysis.tables]
    made += [controls.section(analysis), costs(analysis), search(analysis)]
    if not analysis.tables["curves"].empty:
        made.append(learning(analysis))
    made += [notes(analysis), limits(analysis), checklist(analysis), rebuild(analysis)]
    digest = analysis.study.plan_digest
    status = f"Confirmatory study, plan {(digest or 'unknown')[:12]}"
    if analysis.exploratory:
        status = "Exploratory study"
    elif analysis.after_a_look:
        status = f"Exploratory after a look, plan {(digest or 'unknown')[:12]}"
    caution = AFTER_A_LOOK if analysis.after_a_look else ""
    invalid = controls.warning(analysis)
    return Report(analysis.study.title, status, analysis.exploratory, tuple(made), invalid, caution)


def claim(analysis: Analysis) -> Section:
    """Return hypothesis, method and decision rule."""
    study = analysis.study
    rule = "Decision rule, stated before held-out data were read:"
    if analysis.exploratory:
        rule = "Decision rule that a confirmatory study would be judged by:"
    entries = [
        ("metric", study.metric),
        ("held constant", ", ".join(study.held_constant)),
        ("margin", f"±{number(100 * study.margin, 2)} points"),
        ("alpha", f"{study.alpha:g}, {one_claim.level(analysis)}"),
        ("plan", study.plan_digest or "none locked"),
        *((f"method: {name}", tables.value_text(value)) for name, value in study.method.items()),
    ]
    facts = Facts(tuple(entries))
    rules = Bullets(tuple(study.decision_rule))
    return Section("Hypothesis and rule", "claim", (Paragraph(study.hypothesis), facts, Paragraph(rule), rules))


def flattened(settings: dict[str, Any], prefix: str = "") -> list[tuple[str, str]]:
    """Return nested settings as (dotted name, text), leaving out what is not stated."""
    found: list[tuple[str, str]] = []
    for name, value in settings.items():
        if isinstance(value, dict):
            found += flattened(value, f"{prefix}{name}.")
        elif value is not None:
            found.append((f"{prefix}{name}".replace("_", " "), tables.value_text(value)))
    return found


def data(analysis: Analysis) -> Section:
    """Return the data with its digests, and what is computed on."""
    read = sampling(analysis).unopened if analysis.exploratory else sampling(analysis).opened
    facts = [*flattened(analysis.study.data), *flattened(analysis.study.compute, "compute: ")]
    sizes = "Rows of each split, and the sha256 that the raw data must have."
    seen = f" {SEEN}" if analysis.study.data.get("validation_within_training") else ""
    return Section(
        "Data", "data", (Paragraph(f"{sizes}{dealt(analysis.study.data)} {read}{seen}"), Facts(tuple(facts)))
    )


def budget(analysis: Analysis) -> Section:
    """Return the budget of selection: trials, seeds, spaces."""
    study = analysis.study
    entries = (
        ("trials for each method", str(study.search.trials)),
        ("selection seeds", ", ".join(map(str, study.seeds.selection))),
        ("final seeds", ", ".join(map(str, study.seeds.final))),
    )
    text = (
        "Every method is searched with the same number of random trials, on training and validation rows alone; an "
        f"analysis of unequal budgets is refused. {variants_searched(analysis)}"
    )
    return Section("Selection budget", "budget", (Paragraph(text), Facts(entries), search_tables.spaces(analysis)))


def variants_searched(analysis: Analysis) -> str:
    """Return whether variants of the full method were selected by themselves, as a sentence."""
    if analysis.study.search.retune:
        return "Each variant is searched by itself, with that number too, in its method's space less what it overrides."
    return "Variants are not searched: ablations reuse the choice of the full method, which favours it."


def results(analysis: Analysis) -> Section:
    """Return the accuracies, as table and figure."""
    blocks = (tables.results(analysis), pictures.accuracy(analysis), tables.configurations(analysis))
    return Section("Results", "results", blocks)


def contrasts(analysis: Analysis) -> Section:
    """Return the contrasts with their verdicts, as tables and figure."""
    sized = Paragraph(f"{variants_searched(analysis)} {sizes.reading(analysis)}")
    blocks = (
        tables.contrasts(analysis, sizes.size_cells(analysis)),
        sized,
        pictures.differences(analysis),
        tables.sensitivity(analysis),
    )
    several = (interim(analysis),) if "looks" in analysis.tables else ()
    return Section("Contrasts and verdicts", "contrasts", (*blocks, *several))


def costs(analysis: Analysis) -> Section:
    """Return what each accuracy cost."""
    return Section("Costs", "costs", (tables.costs(analysis), pictures.pareto(analysis), pictures.costs(analysis)))


def search(analysis: Analysis) -> Section:
    """Return winners, runners-up and the value of more trials."""
    return Section("Search", "search", (search_tables.search(analysis), pictures.search(analysis)))


def learning(analysis: Analysis) -> Section:
    """Return the learning curves."""
    drawn: tuple[Picture, ...] = tuple(
        pictures.curves(analysis, quantity) for quantity in ("training_loss", "validation_accuracy")
    )
    return Section("Learning curves", "curves", drawn)


def notes(analysis: Analysis) -> Section:
    """Return deviations and what a reader must know of these runs."""
    variants = analysis.tables["variants"]
    diverged = [
        f"{row['variant']} ({row['diverged']} of {row['n']})" for row in tables.rows_of(variants) if row["diverged"]
    ]
    told = f"Diverged runs, each counted as accuracy 0: {listed(diverged)}."
    departed = stated_claims.deviations(analysis).items
    return Section("Deviations and notes", "notes", (Bullets((*departed, told, *analysis.study.notes)),))


def limits(analysis: Analysis) -> Section:
    """Return what the numbers do not show."""
    runs = counted(len(analysis.study.seeds.final), sampling(analysis).unit)
    split = "" if analysis.folds else ", and one split of it"
    items = [
        f"One data set, {data_set(analysis.study.data)}{split}: nothing is shown of others.",
        f"n = {runs}: effects below the detectable ones in the tables may be there unseen.",
        f"Selection made {counted(analysis.study.search.trials, 'trial')} for each method; a longer search could rank "
        "methods otherwise.",
        *([] if analysis.study.search.retune else [REUSED]),
        sampling(analysis).training_rows,
    ]
    if analysis.exploratory:
        items.append("Validation rows also chose the hyper-parameters, so these accuracies are too high.")
    return Section("Limits", "limits", (Bullets(tuple(items)),))


def data_set(stated: dict[str, Any]) -> str:
    """Return what the data set is called: its file, where its name says only how that is read."""
    name = str(stated.get("name", "unnamed"))
    return str(stated["source"]) if name in READERS and stated.get("source") else name


def rebuild(analysis: Analysis) -> Section:
    """Return how to rebuild all this."""
    text = "In the folder of the study, which holds its params.yaml, at the commit that holds this report:"
    return Section("How to rebuild", "rebuild", (Paragraph(text), Listing(COMMANDS), pictures.graph(analysis)))
