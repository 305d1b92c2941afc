"""Repeated cross-validation, built whole: each run sees its own fold alone, and verdicts have the corrected test."""

import html
import json
import math
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from safetensors.numpy import load_file
from scipy import stats
from tests.study import MINIATURE, ROOT, Study, checkout, copy_of, made_once

FOLDS = [f"repeat-{repeat}-fold-{fold}-of-3" for repeat in (1, 2) for fold in (1, 2, 3)]
OF_SEED = dict(zip(MINIATURE["seeds"]["final"], FOLDS, strict=True))
RESAMPLED: dict[str, Any] = {
    **MINIATURE,
    "data": {**MINIATURE["data"], "resampling": {"folds": 3, "repeats": 2}},
}
CLEAN = "Data and pipelines are up to date."
OF_FOLDS = ("data/folds/", "data/fold_labels/", "data/tested/", "data/tested_labels/")
OTHER = "data/folds/repeat-1-fold-2-of-3/splits.safetensors"

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def resampled(tmp_path_factory: pytest.TempPathFactory) -> Study:
    def make(folder: Path) -> None:
        study = checkout(folder, RESAMPLED)
        study.pipeline("plan", "--lock")
        study.snakemake()

    return made_once(tmp_path_factory, "resampled", make)


def reads(path: Path) -> set[str]:
    return {source for sources in json.loads(path.read_text())["reads"].values() for source in sources}


def test_each_run_reads_what_its_fold_trains_on_and_only_its_evaluation_what_the_fold_holds_out(
    resampled: Study,
) -> None:
    for path in resampled.folder.rglob("receipt.json"):
        kind, *rest = path.parent.relative_to(resampled.folder).parts
        fold = OF_SEED.get(int(rest[-1].removeprefix("seed-"))) if kind in ("runs", "evaluations") else None
        named = {source for source in reads(path) if source.startswith(OF_FOLDS)}
        wanted = {
            "runs": {f"data/folds/{fold}/receipt.json", f"data/fold_labels/{fold}/receipt.json"},
            "evaluations": {f"data/tested/{fold}/receipt.json", f"data/tested_labels/{fold}/receipt.json"},
        }
        assert named == (wanted[kind] if fold else set()), path
    assert len(list((resampled.folder / "evaluations").glob("*/seed-*/receipt.json"))) == 3 * 6


def test_no_row_that_a_fold_holds_out_is_among_those_it_trains_on_or_that_a_search_sees(resampled: Study) -> None:
    searched = load_file(resampled.folder / "data/splits/splits.safetensors")
    tested: list[bytes] = []
    for fold in FOLDS:
        held_out = load_file(resampled.folder / f"data/tested/{fold}/held_out.safetensors")["x"]
        seen = load_file(resampled.folder / f"data/folds/{fold}/splits.safetensors")
        other = {
            row.tobytes() for part in (seen, searched) for name, x in part.items() if name.endswith("x") for row in x
        }
        mine = [row.tobytes() for row in held_out]
        assert not other & set(mine)
        tested += mine
    pool = load_file(resampled.folder / "data/held_out/held_out.safetensors")["x"]
    assert sorted(tested) == sorted(2 * [row.tobytes() for row in pool])  # once a repeat


def test_a_run_is_scored_on_its_folds_rows_and_contrasts_have_the_corrected_p(resampled: Study) -> None:
    scores: dict[str, list[float]] = {}
    for variant in ("full", "minus_small_leaves", "nearest_neighbours"):
        for seed, fold in OF_SEED.items():
            said = load_file(resampled.folder / f"evaluations/{variant}/seed-{seed}/predictions.safetensors")
            labels = load_file(resampled.folder / f"data/tested_labels/{fold}/labels.safetensors")["y"]
            np.testing.assert_array_equal(said["label"], labels)
            scores.setdefault(variant, []).append(float(np.mean(said["predicted"] == labels)))
    table = pd.read_csv(resampled.folder / "results/tables/contrasts.csv").set_index("variant")
    for variant in ("minus_small_leaves", "nearest_neighbours"):
        d = np.subtract(scores["full"], scores[variant])
        t = d.mean() / math.sqrt((1 / 6 + 1 / 2) * d.var(ddof=1))
        assert table.loc[variant, "p"] == pytest.approx(2 * stats.t.sf(abs(t), 5))
        assert table.loc[variant, "folds"] == 3
        assert math.isnan(table.loc[variant, "p_wilcoxon"])


def test_report_plan_and_summary_speak_of_folds(resampled: Study) -> None:
    report = html.unescape((resampled.folder / "results/report.md").read_text())
    assert "corrected resampled t interval (Nadeau & Bengio 2003)" in report
    assert "sign-flip" not in report
    assert "new seeds" not in report.replace("no interval for new seeds on these items", "")
    plan = resampled.pipeline("plan").stdout
    assert "100 rows dealt into 3 folds, 2 times" in plan
    assert "variance of the mean is taken as (1/6 + 1/2) times that over folds" in plan
    assert "sign-flip" not in plan
    assert "corrected resampled t over folds; n: folds" in resampled.pipeline("step", "observe").stdout


def test_a_configuration_is_one_look_whatever_its_fold(resampled: Study) -> None:
    assert len(list((resampled.folder / "looks").glob("*.json"))) == 3
    assert "confirmatory" in resampled.pipeline("plan").stdout.splitlines()[-1]


def test_training_on_one_fold_cannot_open_another(resampled: Study, tmp_path: Path) -> None:
    study = copy_of(resampled, tmp_path / "study")
    train = study.folder / "src/pipeline/stages/train.py"
    before = "    arrays, about = read_splits(splits)\n"
    assert train.read_text().count(before) == 1
    train.write_text(train.read_text().replace(before, f'    Path("{OTHER}").read_bytes()\n{before}'))
    done = study.snakemake("runs/full/seed-10/receipt.json", "--config", "only=full/seed-10", check=False)
    assert done.returncode
    assert f"train reads {OTHER}, which it does not declare" in done.stdout + done.stderr


def test_folds_that_no_out_of_dvc_holds_are_not_recorded(resampled: Study, tmp_path: Path) -> None:
    study = copy_of(resampled, tmp_path / "study")
    before = study.git("rev-parse", "HEAD"), study.artefacts()
    done = study.pipeline("record", check=False)
    assert (done.returncode, len(done.stderr.strip().splitlines())) == (1, 1)
    assert (
        "dvc.yaml: no phase has data/folds or data/fold_labels or data/tested or data/tested_labels among"
        in done.stderr
    )
    assert (study.git("rev-parse", "HEAD"), study.artefacts()) == before
    assert not (study.folder / "dvc.lock").exists()


def test_dvc_repeats_nothing_of_it_and_a_clean_room_rebuilds_its_bytes(resampled: Study, tmp_path: Path) -> None:
    study = copy_of(resampled, tmp_path / "study")
    phases = (ROOT / "studies/tabular/dvc.yaml").read_text().replace("../../", "")
    (study.folder / "dvc.yaml").write_text(phases)  # with the folds among the outs
    study.commit("Name the folds among the outs")
    study.forget()
    study.dvc("repro")
    assert study.made() == set()
    study.pipeline("record")
    study.commit("Record the results")
    assert CLEAN in study.dvc("status").stdout

    done = study.verify("--runs", "full/seed-10")
    assert "identical" in done.stdout
    study.folder.joinpath(OTHER).unlink()
    assert "data/folds/repeat-1-fold-2-of-3" in study.pipeline("status", check=False).stdout
    study.pipeline("restore")
    assert study.folder.joinpath(OTHER).exists()
