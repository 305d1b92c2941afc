"""The captions of a report's figures: what is drawn, and what bars and bands mean."""

from pipeline.science.figures import COSTS, without_cost
from pipeline.science.figures_costs import TITLE, TOTAL, frontier
from pipeline.science.reporting.analysis import Analysis
from pipeline.science.reporting.blocks import Picture
from pipeline.science.reporting.sampling import sampling
from pipeline.science.reporting.wording import counted, listed, number


def small_sample(analysis: Analysis) -> str:
    """Return n in words, said to be small where it is."""
    seeds = len(analysis.study.seeds.final)
    return f"n = {counted(seeds, sampling(analysis).unit)}{', which is few' if seeds < 20 else ''}"


def accuracy(analysis: Analysis) -> Picture:
    """Return the caption of the figure of accuracies."""
    shown, unit = analysis.split.replace("_", "-"), sampling(analysis).unit
    fixed = "" if analysis.folds else "Diamond: a fixed reference, trained once, which has no interval. "
    return Picture(
        "accuracy",
        f"{shown.capitalize()} accuracy of every variant",
        f"Dot plot, one row a variant, of {shown} accuracy per {unit} with mean and 95 % interval; "
        "the numbers are in the table of results.",
        f"{shown.capitalize()} accuracy. Small open circles: one {unit} each, in their order from top to bottom. "
        "Filled mark: their mean (circle: the method, square: ablation, triangle: extra, pentagon: baseline). Thick "
        f"bar: {sampling(analysis).of_means}. {fixed}"
        f"At the right, mean and interval. {small_sample(analysis)}. Each panel has its own scale, "
        "which does not start at zero.",
    )


def differences(analysis: Analysis) -> Picture:
    """Return the caption of the figure of per-seed differences."""
    margin, level = number(100 * analysis.study.margin, 2), analysis.levels[0]
    unit, marks = sampling(analysis).unit, sampling(analysis).marks.format(level=level)
    return Picture(
        "differences",
        f"Differences between the full method and each variant, {unit} by {unit}",
        f"Dot plot, one row a contrast and one panel a family, of held-out differences per {unit} with mean, "
        "intervals and the margin of equivalence; the numbers are in the table of contrasts.",
        f"Held-out accuracy of full minus that of the variant on the same {unit}, in percentage points. Open circles: "
        f"one {unit} each. Diamond: their mean. {marks} Shaded: the margin of ±{margin} points within which a "
        f"difference is negligible. Each family has its own scale. At the right, the mean and the verdict. "
        f"{small_sample(analysis)}.",
    )


def curves(analysis: Analysis, quantity: str) -> Picture:
    """Return the caption of the figure of learning curves of a quantity."""
    shown, unit = quantity.replace("_", " "), sampling(analysis).unit
    return Picture(
        quantity,
        f"Learning curves: {shown}",
        f"One small panel a neural variant: {shown} against training step, mean and range over {unit}s.",
        f"{shown.capitalize()} against training step. Line: mean over {unit}s. Band: from lowest to highest {unit}. "
        f"Dashed: the mean of full, for comparison. {small_sample(analysis)}. All panels share their axes, which hold "
        "99.5 % of all values; a run that diverged is drawn up to where it did.",
    )


def absence(analysis: Analysis, cost: str, title: str) -> str:
    """Return a sentence naming the variants for which a cost is not counted, none where it is for all."""
    names = without_cost(analysis.compared, cost)
    return f" {title}: not counted, so not drawn, for {listed(names)}." if names else ""


def costs(analysis: Analysis) -> Picture:
    """Return the caption of the figure of accuracy against cost, naming what a panel leaves out."""
    shown = analysis.split.replace("_", "-")
    fixed = "" if analysis.folds else "; diamonds are fixed references without an interval"
    left_out = "".join(absence(analysis, cost, title) for cost, title in COSTS.items())
    return Picture(
        "costs",
        f"{shown.capitalize()} accuracy against FLOPs",
        f"Scatter plots of {shown} accuracy against FLOPs per predicted example and of training, on log axes; "
        "the numbers are in the table of costs.",
        f"{shown.capitalize()} accuracy against what it costs. Marks and vertical bars: means and intervals as in "
        f"the figure of results{fixed}. {small_sample(analysis)}.{left_out}",
    )


def pareto(analysis: Analysis) -> Picture:
    """Return the caption of the figure of accuracy against all FLOPs spent."""
    shown = analysis.split.replace("_", "-")
    variants = analysis.compared
    reuse = "" if analysis.study.search.retune else " Variants of the full method bear the cost of its selection."
    return Picture(
        "pareto",
        f"{shown.capitalize()} accuracy against all FLOPs, selection included",
        f"Scatter plot of {shown} accuracy against the FLOPs of selection and one training run, on a log axis, with a "
        "stair along the Pareto front; the numbers are in the table of costs.",
        f"{shown.capitalize()} accuracy against FLOPs of all selection trials and one training run. Dashed: the Pareto "
        f"front by mean accuracy, {listed(frontier(variants, analysis.split))}; no other one that "
        f"is drawn is both as cheap and as accurate. Marks and vertical bars: means and intervals as in the figure of "
        f"results. {small_sample(analysis)}.{reuse}"
        f"{absence(analysis, TOTAL, TITLE)}",
    )


def search(analysis: Analysis) -> Picture:
    """Return the caption of the figure of expected best validation accuracy."""
    seeds = len(analysis.study.seeds.selection)
    once = "" if seeds == 1 else ", or of one fit where a method ignores its seed"
    return Picture(
        "search",
        "Expected best validation accuracy against the number of trials",
        "Line plot, one line a method, of the expected best mean validation accuracy among k random trials.",
        "The best mean validation accuracy to expect from k random trials, from the "
        f"{analysis.study.search.trials} that were made (Dodge et al. 2019), each a mean over "
        f"{counted(seeds, 'selection seed')}{once}. Trials are drawn from those made with replacement, so that a "
        "line ends at or below the score of the one chosen. A line that still rises says that more trials would help. "
        "There is no interval: each method was searched once.",
    )


def graph(analysis: Analysis) -> Picture:
    """Return the graph of the pipeline, as Snakemake drew it."""
    return Picture(
        "graph",
        "The graph, as Snakemake draws it",
        "Boxes are rules, arrows what they read of each other: fetch, prepare, select, train in packs, evaluate, "
        "analyse, report.",
        f"{sampling(analysis).drawn} The command pipeline status says what of it is valid now.",
    )
