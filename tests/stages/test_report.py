import csv
import json
import os
import re
import subprocess
import sys
import xml.etree.ElementTree as ElementTree
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path

import pytest
from tests.stages.rendered import GRAPH, HOSTILE, rendered
from tests.stages.synthetic_analysis import write_analysis
from tests.study import ROOT

from pipeline.base.errors import DataError
from pipeline.io.files import read_json, read_parquet, write_json, write_parquet
from pipeline.stages.report import Params, run

PROGRAM = "import sys; from pathlib import Path; from pipeline.stages.report import *; "
PROGRAM += "run(Params(), Path(sys.argv[2]), analysis=Path(sys.argv[1]), graph=Path(sys.argv[3]))"
VOID = {"meta", "wbr", "path", "use"}


def contents(home: Path) -> dict[str, bytes]:
    return {str(path.relative_to(home)): path.read_bytes() for path in home.rglob("*") if path.is_file()}


def text_files(home: Path) -> Iterator[tuple[str, str]]:
    for name, content in contents(home).items():
        if not name.endswith(".parquet"):
            yield name, content.decode()


class Page(HTMLParser):
    """Collects visible text, ids and addresses; fails where an element closes another."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.text: list[str] = []
        self.ids: list[str] = []
        self.addresses: list[str] = []
        self.elements: set[str] = set()
        self.feed(text)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.add(tag)
        if tag not in VOID:
            self.open.append(tag)
        self.ids += [value or "" for name, value in attrs if name == "id"]
        self.addresses += [value or "" for name, value in attrs if name in ("href", "src", "xlink:href", "data")]

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        if tag not in VOID:
            self.handle_endtag(tag)

    def handle_endtag(self, tag: str) -> None:
        if tag not in VOID:
            assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if self.open[-1:] != ["style"]:
            self.text.append(data)


def page(results: Path) -> Page:
    return Page((results / "report.html").read_text(encoding="utf-8"))


def markdown_rows(results: Path, heading: str) -> list[list[str]]:
    text = (results / "report.md").read_text(encoding="utf-8").replace("\\", "")
    start = text.index(f"| {heading} |")
    lines = text[start:].split("\n\n")[0].splitlines()
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines[2:]]


def latex_rows(path: Path) -> list[list[str]]:
    body = path.read_text(encoding="utf-8").partition("\\midrule\n")[2].partition("\\bottomrule")[0]
    for spelled, plain in (("\\_", "_"), ("{[}", "["), ("{]}", "]"), ("\\ensuremath{-}", "−"), ("---", "—")):
        body = body.replace(spelled, plain)
    return [[cell.strip() for cell in line.removesuffix("\\\\").split("&")] for line in body.splitlines() if line]


def html_rows(results: Path, name: str) -> list[list[str]]:
    text = (results / "report.html").read_text(encoding="utf-8")
    table = text[text.index(f'id="table-{name}"') :].partition("<tbody>")[2].partition("</tbody>")[0]
    rows = re.findall(r"<tr>(.*?)</tr>", table, re.DOTALL)
    return [
        [re.sub(r"<[^>]*>", "", cell).strip() for cell in re.findall(r"<t[hd].*?>(.*?)</t[hd]>", row)] for row in rows
    ]


def test_the_same_analysis_gives_the_same_bytes_in_any_process_locale_time_zone_and_folder(
    confirmatory: Path, tmp_path: Path
) -> None:
    results = tmp_path / "elsewhere" / "results"
    results.mkdir(parents=True)
    analysis = write_analysis(tmp_path / "another place" / "analysis")
    unusual = {"PYTHONHASHSEED": "77", "LC_ALL": "de_DE.UTF-8", "TZ": "Asia/Tokyo", "HOME": str(tmp_path)}
    environment = {**os.environ, **unusual, "PYTHONPATH": str(ROOT / "src")}
    (tmp_path / "matplotlibrc").write_text("font.size: 30\nlines.linewidth: 9\n")
    subprocess.run(
        [sys.executable, "-c", PROGRAM, str(analysis), str(results), str(GRAPH)],
        env=environment,
        cwd=tmp_path,
        check=True,
    )
    assert contents(results) == contents(confirmatory)


def test_a_changed_number_changes_the_report(confirmatory: Path, tmp_path: Path) -> None:
    analysis = write_analysis(tmp_path / "analysis")
    table = read_parquet(analysis / "tables" / "variants.parquet")
    table.loc[0, "held_out_mean"] += 0.001
    write_parquet(analysis / "tables" / "variants.parquet", table)
    rendered(analysis)
    for name in ("report.html", "report.md", "tables/results.tex", "figures/accuracy.svg", "figures/costs.svg"):
        assert (tmp_path / "results" / name).read_bytes() != (confirmatory / name).read_bytes()


def test_every_accuracy_is_the_tables_with_its_n_and_interval_in_all_three_languages(confirmatory: Path) -> None:
    variants = read_parquet(confirmatory.parent / "analysis" / "tables" / "variants.parquet")
    shown = zip(
        html_rows(confirmatory, "results"),
        markdown_rows(confirmatory, "variant | held-out accuracy, %"),
        latex_rows(confirmatory / "tables" / "results.tex"),
        variants.to_dict("records"),
        strict=True,
    )
    for html, markdown, latex, row in shown:
        interval = f"[{100 * row['held_out_low']:.1f}, {100 * row['held_out_high']:.1f}]" if row["n"] > 1 else "—"
        n = str(row["n"]) if row["n"] > 1 else "1, fixed"
        assert html[:4] == [row["variant"], f"{100 * row['held_out_mean']:.1f}", interval, n]
        assert html == markdown == latex


def test_every_contrast_is_the_tables_with_its_n_intervals_and_verdict_in_all_three_languages(
    confirmatory: Path,
) -> None:
    contrasts = read_parquet(confirmatory.parent / "analysis" / "tables" / "contrasts.parquet")
    html = html_rows(confirmatory, "contrasts")
    assert html == markdown_rows(confirmatory, "full against | verdict")
    for shown, latex, row in zip(
        html, latex_rows(confirmatory / "tables" / "contrasts.tex"), contrasts.to_dict("records"), strict=True
    ):
        intervals = [
            f"[{100 * row[low]:.2f}, {100 * row[high]:.2f}]"
            for low, high in (("low", "high"), ("population_low", "population_high"))
        ]
        n = str(row["n"]) if row["paired"] else f"{row['n']}, fixed"
        numbers = [f"{100 * row['difference']:+.2f}", *intervals, n, f"{row['p_corrected']:.4f}"]
        assert [cell.replace("−", "-") for cell in shown[2:7]] == numbers
        assert shown[1].endswith(f" {row['verdict']}")
        assert [*latex[2:7], latex[1]] == [*shown[2:7], row["verdict"]]


def test_the_answer_counts_the_verdicts_of_the_contrasts(confirmatory: Path) -> None:
    verdicts = list(read_parquet(confirmatory.parent / "analysis" / "tables" / "contrasts.parquet")["verdict"])
    text = (confirmatory / "report.md").read_text(encoding="utf-8")
    assert f"Of 11 claims stated beforehand, {verdicts.count('supported')} are supported" in text
    assert text.index("Of 11 claims") < text.index("## Hypothesis")


def test_an_exploratory_report_shows_no_held_out_number_and_no_verdict(exploratory: Path) -> None:
    assert not (exploratory / "predictions.parquet").exists()
    assert not any("contrasts" in name or "differences" in name for name in contents(exploratory))
    for name, text in text_files(exploratory):
        if not name.endswith(".csv"):
            assert not re.search(
                r"held-out accuracy, %|\bsupported\b|held_out_mean", text.replace("is supported by", "")
            )
    with (exploratory / "tables" / "runs.csv").open() as file:
        assert {row["held_out_accuracy"] for row in csv.DictReader(file)} == {""}


def test_an_exploratory_report_says_so_before_anything_else(exploratory: Path, confirmatory: Path) -> None:
    banner = "Exploratory: not evidence."
    assert "".join(page(exploratory).text).partition(banner)[0].count("\n") < 12
    assert banner in (exploratory / "report.md").read_text(encoding="utf-8")[:200]
    assert banner not in (confirmatory / "report.html").read_text(encoding="utf-8")


def test_an_exploratory_analysis_with_held_out_numbers_is_refused(tmp_path: Path) -> None:
    analysis = write_analysis(tmp_path / "analysis")
    study = read_json(analysis / "study.json")
    write_json(analysis / "study.json", {**study, "status": "exploratory"})
    with pytest.raises(DataError, match="held-out"):
        run(Params(), tmp_path, analysis=analysis, graph=GRAPH)


def test_an_analysis_without_one_of_its_tables_is_refused_by_name(tmp_path: Path) -> None:
    analysis = write_analysis(tmp_path / "analysis")
    (analysis / "tables" / "contrasts.parquet").unlink()
    with pytest.raises(DataError, match="contrasts"):
        run(Params(), tmp_path, analysis=analysis, graph=GRAPH)


def test_markup_in_title_and_hypothesis_is_shown_and_never_obeyed(odd: Path) -> None:
    shown = page(odd)
    assert "script" not in shown.elements
    assert "".join(shown.text).count(HOSTILE) == 5
    markdown = (odd / "report.md").read_text(encoding="utf-8")
    assert "<script" not in markdown
    escaped = r"a\|b\_c &amp; 100 % \*d\* \#e \$f\$ \[g\](h) \`i\` \{j\} \\k"
    assert markdown.count(escaped) == 4


def test_markup_is_escaped_in_latex(odd: Path) -> None:
    row = (odd / "tables" / "contrasts.tex").read_text(encoding="utf-8").splitlines()[-3]
    assert r"a\_b \& 5 \% \textbar{} \#1 \{x\} \$y\$ \textbackslash{}z \textasciitilde{}" in row
    assert len(re.findall(r"(?<!\\)&", row)) == 11


@pytest.mark.parametrize("status", ["confirmatory", "exploratory"])
def test_a_missing_value_is_a_dash_and_never_nan(status: str, request: pytest.FixtureRequest) -> None:
    results = request.getfixturevalue(status)
    for name, text in text_files(results):
        assert not re.search(r"\b(nan|inf|None|<NA>|NaT)\b", text), name
    assert "—" in (results / "report.md").read_text(encoding="utf-8")


def test_values_missing_from_a_contrast_are_dashes_too(odd: Path) -> None:
    first, second = html_rows(odd, "sensitivity")[:2]
    assert first.count("—") == 3
    assert "∞" in second


@pytest.mark.parametrize("status", ["confirmatory", "exploratory"])
def test_the_page_is_well_formed_and_needs_nothing_beside_it(status: str, request: pytest.FixtureRequest) -> None:
    results = request.getfixturevalue(status)
    shown = page(results)
    source = (results / "report.html").read_text(encoding="utf-8")
    assert len(source) < 1_500_000
    assert not re.search(r"https?://|url\([^#]|@import", source)
    assert all(address.startswith("#") and address[1:] in shown.ids for address in shown.addresses)
    assert len(shown.ids) == len(set(shown.ids))
    assert not {"script", "link", "img", "iframe"} & shown.elements


def test_figures_are_xml_with_a_title_and_are_linked_from_the_markdown(confirmatory: Path) -> None:
    figures = sorted((confirmatory / "figures").glob("*.svg"))
    linked = re.findall(r"\]\(figures/(\w+\.svg)\)", (confirmatory / "report.md").read_text(encoding="utf-8"))
    assert sorted(linked) == [path.name for path in figures]
    for path in figures:
        root = ElementTree.parse(path).getroot()
        first, second = list(root)[:2]
        assert first.tag.endswith("title")
        assert second.tag.endswith("desc")
        assert first.text
        assert second.text


def test_tables_metrics_and_predictions_are_taken_over_as_they_are(confirmatory: Path) -> None:
    analysis = confirmatory.parent / "analysis"
    for name in ("tables/runs.csv", "tables/contrasts.csv", "metrics.json", "predictions.parquet"):
        assert (confirmatory / name).read_bytes() == (analysis / name).read_bytes()


def test_nothing_of_this_machine_or_day_is_in_the_report(confirmatory: Path) -> None:
    for name, text in text_files(confirmatory):
        assert str(confirmatory.parent) not in text, name
        assert str(ROOT) not in text
        assert os.uname().nodename not in text or len(os.uname().nodename) < 4
        assert not re.search(r"\b20\d\d-\d\d-\d\d\b", text)


def test_every_method_shows_its_chosen_trial_and_the_best_of_the_others(confirmatory: Path) -> None:
    trials = read_parquet(confirmatory.parent / "analysis" / "tables" / "search.parquet")
    rows = html_rows(confirmatory, "search")
    assert [row[1] for row in rows] == ["chosen", "runner-up"] * trials["method"].nunique()
    for method, own in trials.groupby("method", sort=False):
        scores = [float(row[2]) for row in rows if row[0] == method]
        best = own["validation_mean"].sort_values(ascending=False)[:2]
        assert scores == [float(f"{100 * score:.1f}") for score in best]


def test_a_study_of_fixed_models_alone_has_no_learning_curves(fixed: Path, exploratory: Path) -> None:
    for name in ("training_loss", "validation_accuracy"):
        assert not (fixed / "figures" / f"{name}.svg").exists()
        assert (exploratory / "figures" / f"{name}.svg").exists()
    assert json.loads((fixed / "metrics.json").read_text())["status"] == "exploratory"


@pytest.mark.parametrize("status", ["confirmatory", "exploratory"])
def test_a_failed_control_stands_at_the_top_of_every_page_and_its_reading_in_the_section(
    status: str, odd: Path, fixed: Path
) -> None:
    results = odd if status == "confirmatory" else fixed
    assert json.loads((results / "metrics.json").read_text())["status"] == status
    text = " ".join("".join(page(results).text).split())
    assert text.index("Invalid: a control failed.") < text.index("Answer")
    assert "Trained on labels that say nothing, the full method still predicts validation" in text
    assert text.index("Every finding is invalid") < text.index("Answer")
    markdown = (results / "report.md").read_text(encoding="utf-8")
    assert markdown.index("Invalid: a control failed.") < markdown.index("## Answer")
    assert [row[-1] for row in markdown_rows(results, "control")] == ["✗ failed"] * (
        3 if status == "confirmatory" else 2
    )
    assert ("Implausible: full" in text) == ("implausible" in markdown) == (status == "confirmatory")


def test_controls_that_passed_are_shown_with_their_figure_and_the_probes(confirmatory: Path) -> None:
    assert "Invalid:" not in "".join(page(confirmatory).text)
    assert [row[-1] for row in markdown_rows(confirmatory, "control")] == ["✓ passed"] * 3
    compared = markdown_rows(confirmatory, "variant | n | rows")
    assert {row[-1] for row in compared} == {"✓ plausible"}
    assert {row[-1] for row in markdown_rows(confirmatory, "probe")} == {"✓ clear"}
    assert (confirmatory / "figures" / "controls.svg").is_file()
    assert "figure-controls" in page(confirmatory).ids
