"""Held-out is an input of the evaluate rule alone, as the graph itself shows."""

import json
import re
from pathlib import Path

import pytest
from tests.study import Study, checkout

HELD_OUT = ("data/held_out/receipt.json", "data/held_out_labels/receipt.json")
JUDGED_BY = "data/validation_labels/receipt.json"
NODE = re.compile(r'<b><font point-size="18">(\w+)</font></b>(.*?)</table>>\]', re.DOTALL)


def readers(study: Study, path: str) -> set[str]:
    """Return the rules that read a path, by the graph of files that Snakemake draws."""
    drawn = study.snakemake("--filegraph", "all", "prepared", "trained", "evaluated").stdout
    found = {name: body.partition("output &rarr;")[0] for name, body in NODE.findall(drawn)}
    assert {"select", "evaluate", "analyse", "report"} <= set(found)
    return {name for name, inputs in found.items() if f">{path}<" in inputs}


@pytest.fixture(scope="module")
def planned(tmp_path_factory: pytest.TempPathFactory) -> Study:
    """Return a study whose plan is committed, and of which nothing is made."""
    study = checkout(tmp_path_factory.mktemp("planned") / "study")
    study.pipeline("plan", "--lock")
    return study


def test_only_evaluate_reads_what_is_held_out(planned: Study) -> None:
    assert [readers(planned, path) - {"prepared"} for path in HELD_OUT] == [{"evaluate"}] * 2


def test_validation_labels_are_read_by_what_scores(planned: Study) -> None:
    rules = {re.sub(r"_\d+$", "", rule) for rule in readers(planned, JUDGED_BY)}
    assert rules - {"prepared"} == {"select", "train", "analyse"}


def test_no_receipt_but_those_of_evaluations_names_held_out(built: Study) -> None:
    naming = set()
    for path in built.folder.rglob("receipt.json"):
        reads = json.loads(path.read_text())["reads"]
        if any(path in sources for sources in reads.values() for path in HELD_OUT):
            naming.add(path.relative_to(built.folder).parts[0])
    assert naming == {"evaluations"}


def test_without_a_plan_the_graph_has_no_reader_at_all(tmp_path: Path) -> None:
    drawn = checkout(tmp_path / "study").snakemake("--rulegraph").stdout
    assert '"analyse"' in drawn
    assert '"evaluate"' not in drawn
