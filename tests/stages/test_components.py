"""A factorial and an add-one-in study from artefacts to report, in this process; their effects are known."""

from pathlib import Path
from typing import Any

import pytest
from scipy import stats
from tests.base.stated import stated
from tests.stages.synthetic_runs import write_analysis_of, write_artefacts
from tests.study import ROOT, made_once

from pipeline.base.design import Variant
from pipeline.base.errors import DataError
from pipeline.base.params import Study, validated
from pipeline.io.files import read_json, read_parquet, write_json
from pipeline.stages import report

GRAPH = ROOT / "docs" / "graph.svg"
COMPONENTS = {"one": {"min_samples_leaf": 30}, "two": {"max_depth": 2}, "three": {"trees": 5}}
ADDED = {"one": 0.08, "two": 0.04, "three": 0.0}
SYNERGY = 0.06  # of one and two


def study(**changes: Any) -> Study:
    told: dict[str, Any] = {
        "method": {"model": "random_forest", "min_samples_leaf": 1, "max_depth": 9, "trees": 10},
        "components": COMPONENTS,
        "ablation": "factorial",
        "data_efficiency": [20, 40],
        "seeds__final": list(range(10, 18)),
        "families": {
            "subsets": {
                "against": "components",
                "claim": "superiority_to_every",
                "correction": "intersection_union",
            },
            "baseline": {"against": "baselines", "claim": "superiority", "correction": "holm"},
        },
    }
    return validated(Study, stated(**{**told, **changes}), "params.yaml")


def accuracy(variant: Variant) -> float:
    on = [name for name in COMPONENTS if name not in variant.off]
    synergy = SYNERGY if {"one", "two"} <= set(on) else 0.0
    rows = variant.settings.get("training_rows", 80)
    return 0.5 + sum(ADDED[name] for name in on) + synergy - (80 - rows) / 400


@pytest.fixture(scope="module")
def factorial(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return made_once(tmp_path_factory, "components-factorial", lambda home: made(home, study())).folder


@pytest.fixture(scope="module")
def added(tmp_path_factory: pytest.TempPathFactory) -> Path:
    told = study(ablation="add_one_in", data_efficiency=[])
    return made_once(tmp_path_factory, "components-added", lambda home: made(home, told)).folder


def made(home: Path, stated_study: Study) -> None:
    analysis = write_analysis_of(home, stated_study, write_artefacts(home, stated_study, accuracy))
    (home / "results").mkdir()
    report.run(report.Params(), home / "results", analysis=analysis, graph=GRAPH)


def found(home: Path) -> dict[str, dict[str, Any]]:
    rows = read_parquet(home / "analysis" / "tables" / "effects.parquet").to_dict("records")
    return {str(row["effect"]): {str(name): value for name, value in row.items()} for row in rows}


def test_a_factorial_finds_main_effects_and_interactions_where_they_are(factorial: Path) -> None:
    effects = found(factorial)
    truth = {"one": 0.08 + SYNERGY / 2, "two": 0.04 + SYNERGY / 2, "three": 0.0, "one × two": SYNERGY}
    truth |= {"one × three": 0.0, "two × three": 0.0, "one × two × three": 0.0}
    assert list(effects) == list(truth)
    for name, value in truth.items():
        assert effects[name]["difference"] == pytest.approx(value, abs=0.025), name
        assert effects[name]["n"] == 8
    assert {effects[name]["finding"] for name in ("one", "two", "one × two")} == {"positive"}
    assert {effects[name]["finding"] for name in ("three", "one × three")} <= {"negligible", "inconclusive"}


def test_a_claim_over_every_subset_has_one_verdict_in_metrics_table_and_report(factorial: Path) -> None:
    contrasts = read_parquet(factorial / "analysis" / "tables" / "contrasts.parquet")
    subsets = contrasts[contrasts["family"] == "subsets"]
    assert len(subsets) == 7
    assert set(subsets["verdict"]) <= {"inconclusive", "not supported"}  # component three does nothing
    assert (subsets["p_corrected"] == subsets["p"]).all()
    assert read_json(factorial / "analysis" / "metrics.json")["verdict"]["subsets"] == "supported 0 of 1"
    text = (factorial / "results" / "report.md").read_text(encoding="utf-8")
    assert "Of 2 claims stated beforehand" in text
    assert "full against every one of 7" in text
    assert "A claim of superiority to every member is one claim" in text


def test_a_full_method_that_beats_every_subset_is_said_to_once(tmp_path: Path) -> None:
    told = study(components={name: COMPONENTS[name] for name in ("one", "two")}, data_efficiency=[])
    analysis = write_analysis_of(tmp_path, told, write_artefacts(tmp_path, told, accuracy))
    assert read_json(analysis / "metrics.json")["verdict"]["subsets"] == "supported 1 of 1"


def test_components_added_alone_are_judged_against_none(added: Path) -> None:
    effects = found(added)
    assert list(effects) == ["one", "two", "three", "all together"]
    assert effects["one"]["difference"] == pytest.approx(0.08, abs=0.025)
    assert effects["all together"]["difference"] == pytest.approx(0.18, abs=0.025)
    assert not (added / "results" / "figures" / "interactions.svg").exists()


def test_the_report_shows_effects_interactions_and_data_sizes(factorial: Path) -> None:
    text = (factorial / "results" / "report.md").read_text(encoding="utf-8")
    for heading in ("## Effects of components", "## Data efficiency"):
        assert heading in text
    for name in ("effects", "interactions", "data_efficiency", "pareto"):
        assert (factorial / "results" / "figures" / f"{name}.svg").is_file()
    assert (factorial / "results" / "tables" / "effects.tex").is_file()
    assert "one × two × three" in text


def test_data_sizes_are_in_order_with_all_rows_last_for_every_method(factorial: Path) -> None:
    table = read_parquet(factorial / "analysis" / "tables" / "data_efficiency.parquet")
    assert list(zip(table["method"], table["training_rows"], table["variant"], strict=True)) == [
        ("full", 20, "full_at_20"),
        ("full", 40, "full_at_40"),
        ("full", 80, "full"),
        ("nearest_neighbours", 20, "nearest_neighbours_at_20"),
        ("nearest_neighbours", 40, "nearest_neighbours_at_40"),
        ("nearest_neighbours", 80, "nearest_neighbours"),
    ]
    assert table["held_out_mean"].iloc[:3].is_monotonic_increasing


LOOKS = [{"seeds": 8, "alpha": 0.04}, {"seeds": 10, "alpha": 0.01}]
CLAIMS = {
    "together": {"sentence": "One helps more where two is on.", "family": "positive_effects", "requires": "one_x_two"},
    "harm": {"sentence": "One harms.", "family": "negative_effects", "requires": "one"},
    "nothing": {"sentence": "Three does nothing.", "family": "negligible_effects", "requires": "three"},
}


@pytest.fixture(scope="module")
def looked(tmp_path_factory: pytest.TempPathFactory) -> Path:
    told = study(
        data_efficiency=[], families={}, study__claims=CLAIMS, study__margin=0.02, seeds__final=list(range(10, 20)),
        seeds__looks=LOOKS,
    )  # fmt: skip
    return made_once(tmp_path_factory, "components-looked", lambda home: made(home, told)).folder


def test_effects_at_several_looks_stand_by_the_first_that_decides_at_that_look_s_level(looked: Path) -> None:
    tables = looked / "analysis" / "tables"
    at_looks, standing = (read_parquet(tables / f"{name}.parquet") for name in ("effect_looks", "effects"))
    assert [*at_looks.groupby("look")["n"].unique().map(list)] == [[8], [10]]
    for effect, rows in at_looks.groupby("effect"):
        decisive = rows[rows["finding"] != "inconclusive"]
        row = standing.set_index("effect").loc[effect]
        assert row["look"] == (decisive["look"].iloc[0] if len(decisive) else 2)
        assert row["p_corrected"] == rows.set_index("look").loc[row["look"], "p_corrected"]
        for look in rows.to_dict("records"):
            reach = stats.t.isf(look["alpha"] / 2, look["n"] - 1) * look["sd"] / look["n"] ** 0.5
            assert look["high"] - look["difference"] == pytest.approx(reach)
    assert standing.set_index("effect").loc["one", "look"] == 1


def test_a_claim_of_an_effect_has_its_verdict_in_metrics_report_and_terminal_table(looked: Path) -> None:
    verdicts = {"together": "supported", "harm": "not supported", "nothing": "supported"}
    assert read_json(looked / "analysis" / "metrics.json")["claims"] == verdicts
    text = (looked / "results" / "report.md").read_text(encoding="utf-8").replace("\\_", "_")
    assert "Of 3 claims stated beforehand, 2 are supported and 1 is not supported." in text
    assert "effect one_x_two positive" in text
    assert "What was claimed of effects beforehand is among the claims" in text
    assert "the effect one_x_two is positive, corrected among effects of as many components" in text
    assert "1 − alpha, new seeds and new items" in text
    assert "95 %, new seeds, these items" not in text
    assert r"result:effect.one_x_two.difference" in (looked / "results" / "tables" / "numbers.tex").read_text()


def test_an_effect_that_is_not_there_supports_no_claim(tmp_path: Path) -> None:
    claim = {"sentence": "Three helps one.", "family": "positive_effects", "requires": "one_x_three"}
    told = study(data_efficiency=[], families={}, study__claims={"planted": claim})
    analysis = write_analysis_of(tmp_path, told, write_artefacts(tmp_path, told, accuracy))
    assert read_json(analysis / "metrics.json")["claims"]["planted"] != "supported"


def test_an_exploratory_factorial_has_no_effects_of_held_out_scores(tmp_path: Path) -> None:
    told = study()
    analysis = write_analysis_of(tmp_path, told, write_artefacts(tmp_path, told, accuracy), plan=None)
    assert not {"effects", "interactions"} & {path.stem for path in (analysis / "tables").glob("*.csv")}
    assert (analysis / "tables" / "data_efficiency.csv").is_file()
    (tmp_path / "results").mkdir()
    report.run(report.Params(), tmp_path / "results", analysis=analysis, graph=GRAPH)


@pytest.mark.parametrize("fault", ["a trial more", "a seed more", "the second best", "another method"])
def test_a_budget_that_is_not_the_others_is_refused(tmp_path: Path, fault: str) -> None:
    told = study(ablation="leave_one_out", data_efficiency=[])
    artefacts = write_artefacts(tmp_path, told, accuracy)
    home = tmp_path / "choices" / "nearest_neighbours"
    trials, choice = read_json(home / "trials.json"), read_json(home / "choice.json")
    if fault == "a trial more":
        trials.append({**trials[-1], "trial": len(trials), "mean": 0.9, "validation": [0.9]})
    elif fault == "a seed more":
        trials[0]["validation"].append(0.5)
    elif fault == "the second best":
        choice["trial"] = 0
    else:
        choice["method"] = "another"
    write_json(home / "trials.json", trials)
    write_json(home / "choice.json", choice)
    with pytest.raises(DataError, match=r"budget|are selected"):
        write_analysis_of(tmp_path, told, artefacts)
