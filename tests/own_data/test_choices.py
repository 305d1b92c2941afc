"""What is chosen for data of one's own: sizes by stated rules, methods by the kind of data, every line explained."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import yaml

from pipeline.base.errors import DataError, ParameterError
from pipeline.own_data.laying import beside, phases, place_of
from pipeline.own_data.methods import methods_for
from pipeline.own_data.new_study import COPIES, Rows, named, of_classes
from pipeline.own_data.precision import told_apart
from pipeline.own_data.rendering import SHOWN_CLASSES, render
from pipeline.own_data.repeats import repeats
from pipeline.own_data.sizes import Budget, budget, check_rows, shares
from pipeline.own_data.source import Column, Source
from pipeline.own_data.stating import flow, params_yaml


def even(rows: int, classes: int = 2) -> np.ndarray:
    return np.arange(rows) % classes


@pytest.mark.parametrize(
    ("y", "said"),
    [
        (even(99), "has 99 rows, fewer than 100"),
        (np.zeros(100, np.int64), "has one class only, 'a'"),
        (np.r_[np.zeros(91, np.int64), np.ones(9, np.int64)], "class 'b' has 9 rows, fewer than 10"),
    ],
)
def test_rows_that_do_not_suffice_are_refused(y: np.ndarray, said: str) -> None:
    check_rows("rows.csv", even(100), ["a", "b"])
    check_rows("rows.csv", np.r_[np.zeros(90, np.int64), np.ones(10, np.int64)], ["a", "b"])
    with pytest.raises(DataError, match=said):
        check_rows("rows.csv", y, ["a", "b"])


def test_sizes_follow_the_stated_shares_up_to_the_stated_most() -> None:
    for rows, wanted in ((100, (50, 20, 30)), (1000, (500, 200, 300)), (100_000, (3000, 1500, 3000))):
        sizes = shares(rows)
        assert (sizes.train, sizes.validation, sizes.held_out) == wanted
    small, large = budget("f", even(100), ["a", "b"], 6), budget("f", even(100_000), ["a", "b"], 10)
    assert (small.batch_size, small.steps, small.seeds) == (8, 200, 6)
    assert (large.batch_size, large.steps, large.seeds) == (64, 1000, 10)


def test_the_seed_of_a_study_is_the_first_whose_splits_each_hold_every_class() -> None:
    rare = np.r_[np.zeros(990, np.int64), np.ones(10, np.int64)]
    assert budget("f", even(100), ["a", "b"], 10).study_seed == 1
    seeds = [budget("f", np.roll(rare, shift), ["a", "b"], 10).study_seed for shift in range(0, 1000, 100)]
    assert max(seeds) > 1
    with pytest.raises(DataError, match=r"class 'b' has 10 of 60000 rows, too few for a share of each split"):
        budget("f", np.r_[np.zeros(59_990, np.int64), np.ones(10, np.int64)], ["a", "b"], 10)


def test_numbers_that_float32_merges_are_noticed_and_lost_noise_is_not() -> None:
    times = 1_700_000_000_000 + np.arange(100)
    assert not told_apart(times)
    assert not told_apart(times.astype(np.float64))
    assert not told_apart(2**24 + np.arange(100))
    assert told_apart(times - times[0])
    assert told_apart(np.array([2**24, 5.0]))
    assert told_apart(np.geomspace(1, 1e12, 1000))
    assert told_apart(np.array(["a"]))


def test_rows_repeat_others_by_features_and_label_conflict_by_features_alone() -> None:
    x = np.array([[1, 0.0], [1, -0.0], [2, 5], [2, 5], [3, 7], [9, 9], [11, 4]])
    found = repeats(x, np.array([0, 0, 0, 1, 1, 1, 0]))
    assert (found.exact, found.conflicting, found.kept) == (1, 2, [0, 2, 3, 4, 5, 6])
    assert (found.near, found.looked_at) == (0, 5)
    spread = np.random.default_rng(0).normal(size=(50, 4))
    assert repeats(np.r_[spread, spread[:3] + 1e-7], np.zeros(53, np.int64)).near == 6


@pytest.mark.parametrize(("leads", "named_as"), [("feature 1 alone", "column 'code' alone"), ("the rows", "the rows")])
def test_a_leak_in_a_table_is_told_by_the_name_of_its_column(leads: str, named_as: str) -> None:
    rows = Rows(np.zeros((2, 2)), np.zeros(2, np.int64), {"columns": [{"name": "a"}, {"name": "code"}]})
    assert named(f"{leads} gives the label; remove it, or state data.known_giveaways", rows).startswith(named_as)
    pixels = Rows(np.zeros((2, 3, 4, 5)), np.zeros(2, np.int64), {})
    said = named("feature 27 alone gives the label; remove it, or state data.known_giveaways", pixels)
    assert said.startswith("one point (row 1, column 2, from 0) alone gives the label; if a mark")


def test_uneven_classes_and_those_that_differ_in_case_are_told() -> None:
    assert of_classes(["a", "b"], [79, 21]) == []
    assert of_classes(["a", "b"], [80, 20])[0].startswith("80 % of rows are of class 'a': accuracy says little")
    assert of_classes(["No", "no"], [50, 50])[0].startswith("classes 'No' and 'no' differ in case only")


def source(kind: Any = "table", *kinds: str) -> Source:
    columns = [Column(f"c{number}", each, 0, 3) for number, each in enumerate(kinds)]
    return Source(kind, "table_file", "rows.csv", ["a", "b"], lambda place, kept: None, columns=columns)


def test_methods_suit_the_kind_of_data() -> None:
    table = methods_for(source("table", "numeric", "nominal"))
    assert {"gradient_boosting", "rbf_svm"} <= table.baselines.keys()
    assert {"ranks", "embeddings"} <= table.components.keys()
    assert not {"ranks", "scaling"} & {*methods_for(source("table", "nominal")).components}
    assert "gradient_boosting" not in methods_for(source("arrays")).baselines
    images = methods_for(source("images"))
    assert images.baselines["image_cnn"]["augmentation"] == images.method["augmentation"]
    for methods in (table, images, methods_for(source("arrays"))):
        assert methods.spaces.keys() == {"method", *methods.baselines}
        for off in methods.components.values():
            assert all(methods.method[key] != value for key, value in off.items())


@pytest.mark.parametrize(
    "value", ["plain", "No", "y", "on", "two words", "1e5", "a: b", {"a": ["x", 1, None]}, [], 0.1, True, "é", "#"]
)
def test_a_value_is_spelled_such_that_yaml_reads_it_back(value: object) -> None:
    assert yaml.safe_load(f"key: {flow(value)}") == {"key": value}


def test_the_params_state_every_choice_with_what_it_means() -> None:
    chosen = Budget(50, 20, 30, study_seed=2, seeds=6, batch_size=8, steps=200)
    data = {"name": "table_file", "source": "data/source/rows.csv", "label": "No", "sha256": "0" * 64}
    text = params_yaml("mine", source("table", "numeric"), chosen, data, methods_for(source("table", "numeric")), 3)
    stated = yaml.safe_load(text)
    assert stated["data"] == {**data, "train": 50, "validation": 20, "held_out": 30}
    assert (stated["study"]["seed"], stated["seeds"]["final"]) == (2, [200, 201, 202, 203, 204, 205])
    assert not set(stated["seeds"]["selection"]) & set(stated["seeds"]["final"])
    assert "copied here without 3 rows that repeated others" in text
    assert "20 % of all rows, at most 1500" in text


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("../up", "leads out of studies/"),
        ("My", "is no name of a study"),
        ("a" * 41, "is no name"),
        ("a--b", "no name"),
    ],
)
def test_a_study_is_laid_only_where_its_name_may_lie(repository: Path, name: str, said: str) -> None:
    assert place_of("mine").as_posix() == "studies/mine"
    with pytest.raises(ParameterError, match=said):
        place_of(name)
    (repository / "studies").mkdir()
    (repository / "studies/mine").symlink_to("nowhere")
    with pytest.raises(ParameterError, match="studies/mine exists"):
        place_of("mine")


@pytest.mark.parametrize("fails", [True, False])
def test_what_is_written_beside_a_place_is_gone_unless_it_was_moved_there(repository: Path, fails: bool) -> None:
    place = Path("studies/mine")

    def write() -> None:
        with beside(place) as folder:
            (folder / "params.yaml").write_text("")
            if fails:
                raise DataError("no luck")
            folder.rename(place)

    if fails:
        with pytest.raises(DataError):
            write()
        assert not Path("studies").exists()
    else:
        write()
        assert [path.as_posix() for path in Path("studies").rglob("*")] == ["studies/mine", "studies/mine/params.yaml"]


def test_the_phases_of_a_study_name_what_all_share_from_two_folders_up(repository: Path) -> None:
    text = phases(Path("dvc.yaml").read_text())
    deps = {path for stage in yaml.safe_load(text)["stages"].values() for path in stage["deps"]}
    assert {"../../src/pipeline", "../../Snakefile", "../../requirements.lock"} <= deps
    assert not {"src/pipeline", "requirements.lock"} & deps
    assert "data/source" in deps


def test_a_profile_is_told_in_tables_and_what_comes_next_only_where_it_was_written() -> None:
    counts = {f"class {number}": 30 - number for number in range(SHOWN_CLASSES + 2)}
    found: dict[str, Any] = {
        "study": "studies/mine", "written": True, "classes": counts,
        "data": {"kind": "table", "rows": sum(counts.values()), "features": [4], "notes": ["x is left out, as asked"]},
        "columns": [{"name": "c0", "type": "numeric", "missing": 2, "distinct": 9, "note": "2 % missing"}],
        "repeats": {"exact": 3, "conflicting": 1, "near": 2, "looked_at": 50, "dropped": True},
        "probes": [{"probe": COPIES[0], "value": 2.0, "where": "training and held-out"}, {"probe": "x", "value": 9.0}],
        "chosen": {"train": 50, "validation": 20, "held_out": 30, "study_seed": 1, "seeds": 10, "batch_size": 8,
                   "steps": 200},
    }  # fmt: skip
    lines = render(found).splitlines()
    assert lines[:4] == [
        f"data: table, {sum(counts.values())} rows of 4 features, {len(counts)} classes",
        "      x is left out, as asked",
        "rows: 3 repeat others, label and all (dropped); 1 have the features of a row with another label; 2 of 50 "
        "looked at are nearly another",
        "      2 exact copies across training and held-out",
    ]
    assert any(line.split() == ["…", "2", "more"] for line in lines)
    assert any(line.split()[:4] == ["c0", "numeric", "2", "9"] for line in lines)
    assert "budget: 10 final seeds; networks take 200 steps of 8 rows (30 epochs, 200 to 1000 steps)" in lines
    assert lines[-2] == "next: cd studies/mine && pipeline plan && snakemake"
    assert "next:" not in render({**found, "written": False})
