"""Report: from the analysis to a page, Markdown, LaTeX fragments and figures. It computes no statistics."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pipeline.base.params import Frozen, Study

if TYPE_CHECKING:
    from jinja2 import Environment
    from matplotlib.figure import Figure

    from pipeline.science.reporting.analysis import Analysis
    from pipeline.science.reporting.blocks import Picture, Report

HOME = "results"
RESOURCES = ("report_template",)
TEMPLATES = Path(__file__).parent / "report_template"


class Params(Frozen):
    """Nothing: a report says what its analysis says."""


def parameters(study: Study, values: Mapping[str, str]) -> Params:  # noqa: ARG001
    """Return no parameters."""
    return Params()


def code(parameters: Mapping[str, Any]) -> tuple[str, ...]:  # noqa: ARG001
    """Return no further modules: the report is the same for every study."""
    return ()


def run(params: Params, home: Path, *, analysis: Path, graph: Path) -> None:  # noqa: ARG001
    """Write report.html, report.md, figures/*.svg, tables/*, metrics.json and, where there are some, predictions.

    `graph` is the picture of the graph that Snakemake drew.
    Raises DataError where the analysis is incomplete or contradicts its own status.
    """
    from pipeline.io.files import write_bytes, write_text
    from pipeline.science.reporting.measured import in_words, quoted
    from pipeline.science.reporting.numbers import numbers, numbers_tex
    from pipeline.science.reporting.sections import report

    found = read_analysis(analysis)
    content = in_words(report(found), found.study.measure, quoted(found))
    figures = {picture.name: drawn(picture, found, graph) for picture in content.pictures()}
    for name, svg in figures.items():
        write_text(home / "figures" / f"{name}.svg", svg)
    write_text(home / "report.html", page(content, figures))
    write_text(home / "report.md", markdown_page(content))
    for name, text in {**fragments(content), "numbers": numbers_tex(numbers(found))}.items():
        write_text(home / "tables" / f"{name}.tex", text)
    for path in copied(analysis):
        write_bytes(home / path, (analysis / path).read_bytes())


def read_analysis(folder: Path) -> "Analysis":
    """Read the analysis; raise DataError where it is incomplete or contradicts its own status."""
    from pipeline.io.files import read_json, read_parquet
    from pipeline.science.reporting.analysis import Analysis, checked, parsed_study

    tables = {path.stem: read_parquet(path) for path in sorted((folder / "tables").glob("*.parquet"))}
    study = parsed_study(read_json(folder / "study.json"))
    return checked(Analysis(study, tables, held_out_items(folder / "predictions.parquet")))


def held_out_items(predictions: Path) -> int | None:
    """Return on how many held-out items the predictions were made, None where there are none."""
    if not predictions.exists():
        return None
    import pyarrow.compute
    import pyarrow.parquet

    items = pyarrow.parquet.read_table(predictions, columns=["item"])["item"]
    return int(pyarrow.compute.count_distinct(items).as_py())


def copied(folder: Path) -> list[Path]:
    """Return what the results take over as it is, relative to the analysis."""
    tables = sorted(path.relative_to(folder) for path in (folder / "tables").glob("*.csv"))
    whole = [Path("metrics.json"), Path("predictions.parquet")]
    return [*tables, *(path for path in whole if (folder / path).exists())]


def drawn(picture: "Picture", analysis: "Analysis", graph: Path) -> str:
    """Return a figure as stand-alone SVG."""
    from pipeline.io.svg import labelled, svg_text
    from pipeline.science.figure_style import style
    from pipeline.science.reporting.measured import figure_in_words

    if picture.name == "graph":
        return labelled(graph.read_text(encoding="utf-8"), picture.name, picture.title, picture.description)
    with style(picture.name):
        shown = figure_in_words(figure(picture.name, analysis), picture.name, analysis.study.measure)
        return svg_text(shown, picture.name, picture.title, picture.description)


def figure(name: str, analysis: "Analysis") -> "Figure":
    """Return one of the report's figures by name."""
    from pipeline.science import (
        figures,
        figures_controls,
        figures_costs,
        figures_effects,
        figures_training,
        figures_variance,
    )
    from pipeline.science.reporting.analysis import with_validation_interval
    from pipeline.science.reporting.sampling import sampling

    tables, split, unit = analysis.tables, analysis.split, sampling(analysis).unit
    roles = dict(zip(tables["variants"]["variant"], tables["variants"]["role"], strict=True))
    curves = tables["curves"][tables["curves"]["variant"].isin(analysis.compared["variant"])]
    draw: dict[str, Callable[[], Figure]] = {
        "accuracy": lambda: figures.accuracy(analysis.compared, tables["runs"], split),
        "controls": lambda: figures_controls.controls(tables["controls"], tables["control_runs"]),
        "differences": lambda: figures.differences(tables["contrasts"], tables["differences"]),
        "variance": lambda: figures_variance.sources(tables["variance"]),
        "costs": lambda: figures.costs(analysis.compared, split),
        "pareto": lambda: figures_costs.pareto(analysis.compared, split),
        "effects": lambda: figures_effects.effects(tables["effects"], tables["effects_by_seed"], analysis.study.margin),
        "interactions": lambda: figures_effects.interactions(tables["interactions"]),
        "data_efficiency": lambda: figures_costs.data_efficiency(
            with_validation_interval(tables["data_efficiency"]), split
        ),
        "search": lambda: figures_training.expected_best_curves(tables["search"]),
        "training_loss": lambda: figures_training.learning_curves(curves, roles, "training_loss", unit),
        "validation_accuracy": lambda: figures_training.learning_curves(curves, roles, "validation_accuracy", unit),
    }
    return draw[name]()


def page(report: "Report", figures: Mapping[str, str]) -> str:
    """Return the report as one HTML file that needs nothing beside it."""
    from markupsafe import Markup

    from pipeline.io.svg import inline_svg
    from pipeline.science.figure_style import COLOURS

    inline = {name: Markup(inline_svg(svg, COLOURS)) for name, svg in figures.items()}
    css = Markup((TEMPLATES / "report.css").read_text(encoding="utf-8"))
    return environment(None).get_template("report.html.j2").render(report=report, figures=inline, css=css)


def markdown_page(report: "Report") -> str:
    """Return the report as Markdown that GitHub shows."""
    from pipeline.science.reporting.escaping import markdown

    return environment(markdown).get_template("report.md.j2").render(report=report)


def fragments(report: "Report") -> dict[str, str]:
    """Return the tables of results, and of what is concluded from them, as LaTeX, by name."""
    from pipeline.science.reporting.escaping import latex

    names = ("results", "contrasts", "claims", "effects", "looks", "effect_looks", "replication", "variance")
    template = environment(latex).get_template("table.tex.j2")
    return {name: template.render(table=report.table(name)) for name in names if report.has_table(name)}


def environment(escape: Callable[[str], str] | None) -> "Environment":
    """Return templates in which every value is escaped: by `escape`, or for HTML where that is None."""
    from jinja2 import Environment, FileSystemLoader, StrictUndefined
    from markupsafe import Markup

    def escaped(value: object) -> object:
        return value if escape is None or isinstance(value, Markup) else Markup(escape(str(value)))

    return Environment(
        loader=FileSystemLoader(TEMPLATES, encoding="utf-8"),
        autoescape=True,
        undefined=StrictUndefined,
        finalize=escaped,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
