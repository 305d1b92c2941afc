"""The step that analyses, on made-up artefacts: what it reads, what it is told, and what voids what it finds."""

import dataclasses
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from tests.base.stated import stated
from tests.stages.synthetic_analysis import write_analysis
from tests.stages.synthetic_runs import ITEMS, Artefacts, write_artefacts

from pipeline.base.design import Variant
from pipeline.base.params import Study, validated
from pipeline.io.files import read_json, read_parquet, read_tensors, write_json, write_tensors
from pipeline.science.control_runs import SHUFFLED
from pipeline.stages import analyse
from pipeline.stages.analyse_effects import stated_effects
from pipeline.stages.analyse_inputs import identity, read_choices, read_controls, read_evaluations, read_runs
from pipeline.stages.analyse_params import parameters

PLAN = "1d" * 32
ONE = {"one": {"min_samples_leaf": 30}}
PARTS = {**ONE, "two": {"max_depth": 2}}
ADDED: dict[str, Any] = {
    "configurations": {}, "plans": {PLAN: ["seeds.final"]}, "unplanned_seeds": [14, 15], "dropped_seeds": [],
}  # fmt: skip


def study(**changes: Any) -> Study:
    method = {"model": "random_forest", "min_samples_leaf": 1, "max_depth": 9, "trees": 10}
    return validated(Study, stated(**{"method": method, "components": ONE, **changes}), "params.yaml")


def accuracy(variant: Variant) -> float:
    return 0.7 - 0.1 * len(variant.off)


@pytest.fixture(scope="module")
def artefacts(tmp_path_factory: pytest.TempPathFactory) -> Artefacts:
    """Return what the analysis of the study reads; not to be changed."""
    return write_artefacts(tmp_path_factory.mktemp("artefacts"), study(), accuracy)


def analysed(home: Path, made: Artefacts, plan: str | None = PLAN, departed: dict[str, Any] | None = None) -> Path:
    analyse.run(
        analyse.parameters(study(), {}, plan, departed), home, splits=made.splits, labels=made.labels,
        choices=made.choices, runs=made.runs, controls=made.controls, evaluations=made.evaluations if plan else [],
    )  # fmt: skip
    return home


def contrasts(home: Path) -> dict[str, dict[str, Any]]:
    rows = read_parquet(home / "tables" / "contrasts.parquet").to_dict("records")
    return {str(row["variant"]): {str(key): value for key, value in row.items()} for row in rows}


def files(home: Path) -> set[str]:
    return {str(path.relative_to(home)) for path in home.rglob("*") if path.is_file()}


def test_what_is_read_says_whose_it_is(artefacts: Artefacts) -> None:
    assert identity(Path("runs/full/seed-12")) == {"variant": "full", "seed": "12"}
    assert identity(Path("runs/neighbours/fixed")) == {"variant": "neighbours", "seed": "fixed"}
    runs, evaluations = read_runs(artefacts.runs), read_evaluations(artefacts.evaluations)
    assert [(each["variant"], each["seed"]) for each in runs] == [(e["variant"], e["seed"]) for e in evaluations]
    assert {each["curve"] for each in runs} == {None}
    assert all(len(each["predicted"]) == len(each["label"]) == ITEMS for each in evaluations)
    assert len(read_controls(artefacts.controls)[0]["predicted"]) == ITEMS
    assert [each["method"] for each in read_choices(artefacts.choices)] == ["full", "nearest_neighbours"]


def test_a_control_that_fails_voids_every_finding(artefacts: Artefacts, tmp_path: Path) -> None:
    assert contrasts(analysed(tmp_path / "sound", artefacts))["minus_one"]["verdict"] == "supported"
    label = read_tensors(artefacts.labels / "labels.safetensors")["y"]
    shuffled = []
    for home in artefacts.controls:
        copy = tmp_path / "runs" / home.parent.name / home.name
        write_json(copy / "run.json", read_json(home / "run.json"))
        knows = home.parent.name == SHUFFLED
        kept = read_tensors(home / "validation.safetensors")["predicted"]
        write_tensors(copy / "validation.safetensors", {"predicted": np.array(label if knows else kept)})
        shuffled.append(copy)
    leaking = dataclasses.replace(artefacts, controls=shuffled)
    home = analysed(tmp_path / "void", leaking)
    assert {row["finding"] for row in contrasts(home).values()} == {"invalid"}
    told = read_json(home / "metrics.json")
    assert told["controls"]["outcome"] == f"failed: {SHUFFLED}"
    assert set(told["verdict"].values()) == {"supported 0 of 1, invalid 1"}


def test_without_a_plan_nothing_is_concluded_or_shown_of_held_out(artefacts: Artefacts, tmp_path: Path) -> None:
    home = analysed(tmp_path, artefacts, plan=None)
    assert {path.stem for path in (home / "tables").glob("*.csv")} == {
        "runs", "variants", "search", "curves", "controls", "control_runs", "probes",
    }  # fmt: skip
    assert not (home / "predictions.parquet").exists()
    told = read_json(home / "metrics.json")
    assert (told["status"], set(told)) == ("exploratory", {"status", "validation", "controls"})


def test_seeds_added_after_a_look_are_in_the_table_of_runs_and_in_no_contrast(
    artefacts: Artefacts, tmp_path: Path
) -> None:
    home = analysed(tmp_path, artefacts, departed=ADDED)
    assert {row["n"] for row in contrasts(home).values()} == {4}
    runs = read_parquet(home / "tables" / "runs.parquet")
    assert (runs["variant"] == "full").sum() == 6
    assert read_json(home / "metrics.json")["held_out"]["n"] == 4
    assert read_json(home / "study.json")["deviations"][1].startswith("Seeds 14, 15 were not in the plan")


def test_the_made_up_analysis_that_reports_are_tested_on_has_the_form_of_a_real_one(
    artefacts: Artefacts, tmp_path: Path
) -> None:
    real, made = analysed(tmp_path / "real", artefacts), write_analysis(tmp_path / "made")
    assert files(made) == files(real)
    for path in sorted((real / "tables").glob("*.parquet")):
        one, other = (read_parquet(home / "tables" / path.name) for home in (real, made))
        assert list(other) == list(one), path.name
    for name in ("study.json", "metrics.json"):
        one, other = (read_json(home / name) for home in (real, made))
        assert set(other) == set(one), name
    assert read_json(made / "metrics.json")["held_out"].keys() == read_json(real / "metrics.json")["held_out"].keys()


def test_the_analysis_is_told_what_was_compiled_from_the_study() -> None:
    told = parameters(
        study(components=PARTS, ablation="factorial", data_efficiency=[20], seeds__selection=[1, 2]), {}, PLAN
    )
    assert told.ablation is not None
    assert told.ablation.off == {"minus_one": ["one"], "minus_two": ["two"], "none": ["one", "two"]}
    assert told.families["ablation"].members == list(told.ablation.off)
    sized = {variant.name: (variant.base, variant.training_rows) for variant in told.variants if variant.base}
    assert sized == {"full_at_20": ("full", 20), "nearest_neighbours_at_20": ("nearest_neighbours", 20)}
    assert analyse.fits_of(told) == {"full": 2, "nearest_neighbours": 1}
    assert [effect.name for effect in stated_effects(told)] == ["one", "two", "one × two"]
    assert stated_effects(parameters(study(), {}, PLAN)) == []
    added = parameters(study(components=PARTS, ablation="add_one_in"), {}, PLAN)
    assert [effect.name for effect in stated_effects(added)] == ["one", "two", "all together"]
