"""From a cell or a key back to raw bytes, over real receipts; what cannot be named exactly is refused."""

from pathlib import Path
from typing import Any

import pytest
from tests.command_line.stated import state_miniature
from tests.io.toy import FIRST, Toy

from pipeline.base.canonical import file_digest
from pipeline.base.errors import PipelineError, ReceiptError
from pipeline.explaining import (
    choices,
    common,
    explain,
    home_of,
    lineage,
    named,
    raw,
    render,
    value_at,
)
from pipeline.io.files import read_json, write_json
from pipeline.io.receipts import sealed

RUNS = "variant,seed,accuracy,outcome\nfull,1,0.5,ok\nfull,2,0.25,ok\nmlp,1,1e-3,true\nmlp,1,0.7,ok\n"


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


@pytest.fixture
def table() -> Path:
    Path("runs.csv").write_text(RUNS)
    return Path("runs.csv")


@pytest.mark.parametrize(
    ("key", "value"), [("full.2.accuracy", 0.25), ("full.1.outcome", "ok"), ("mlp.1e-3.outcome", "true")]
)
def test_a_cell_is_named_by_its_row_and_column(table: Path, key: str, value: object) -> None:
    assert value_at(table, key) == value


@pytest.mark.parametrize(
    ("key", "said"),
    [
        ("accuracy", "names no cell; name a row and a column, as in full.held_out_mean"),
        ("svm.accuracy", "no row is named 'svm'; there are full, mlp"),
        ("full.3.accuracy", "no row is named 'full.3'"),
        ("full.1.mean", "there is no column 'mean'; there are variant, seed, accuracy, outcome"),
        ("full.accuracy", "2 rows are named 'full'; add its seed, as in full.1.accuracy"),
        ("mlp.1.seed", "2 rows are named 'mlp.1'; add its accuracy, as in mlp.1.1e-3.seed"),
    ],
)
def test_a_cell_that_is_not_there_or_not_one_is_refused_with_a_remedy(table: Path, key: str, said: str) -> None:
    with pytest.raises(PipelineError) as error:
        value_at(table, key)
    assert str(error.value).startswith(f"runs.csv: {key}: {said}")


def test_a_value_of_json_is_named_by_its_dotted_key() -> None:
    write_json(Path("metrics.json"), {"held_out": {"mean": 0.5, "n": 10}})
    assert value_at(Path("metrics.json"), "held_out.mean") == 0.5
    assert value_at(Path("metrics.json"), "held_out") == {"mean": 0.5, "n": 10}
    with pytest.raises(PipelineError, match=r"held_out\.median: there is no 'median'; there are mean, n"):
        value_at(Path("metrics.json"), "held_out.median")
    with pytest.raises(PipelineError, match="there is no 'more'; there are no keys"):
        value_at(Path("metrics.json"), "held_out.mean.more")


def test_a_path_in_no_artefact_is_refused() -> None:
    Path("notes").mkdir()
    with pytest.raises(PipelineError, match=r"notes/a\.json: is in no artefact"):
        home_of(Path("notes/a.json"))


def test_what_an_artefact_rests_on_is_told_to_the_last_raw_file() -> None:
    Toy().write().build()
    found = list(lineage(read_json(Path("runs/a/receipt.json"))))
    assert [told["artefact"] for told in found] == ["runs/a", FIRST]
    assert home_of(Path("runs/a/value.json")) == Path("runs/a")
    assert raw(found) == {name: file_digest(Path(name)) for name in ("source.txt", "a.txt")}


def test_a_withdrawn_receipt_is_followed_too() -> None:
    Toy().write().build()
    receipt = read_json(Path("runs/a/receipt.json"))
    Path(FIRST, "receipt.json").rename(Path(FIRST, "receipt.withdrawn.json"))
    assert [told["artefact"] for told in lineage(receipt)] == ["runs/a", FIRST]


def test_a_number_whose_receipt_is_not_true_is_not_explained() -> None:
    state_miniature()
    write_json(Path("results/metrics.json"), {"mean": 0.5})
    stated: dict[str, Any] = {"artefact": "results", "step": "report", "parameters": {}, "environment": {}, "reads": {}}
    code = {"digest": "0", "definitions": {}}
    files = {"metrics.json": file_digest(Path("results/metrics.json"))}
    Path("results/receipt.json").write_text(sealed({**stated, "code": code, "files": files}))
    with pytest.raises(ReceiptError, match="results: "):
        explain("results/metrics.json:mean")


def artefact(home: str, step: str, **told: Any) -> dict[str, Any]:
    environment = {"python": "3.11", "numpy": "2.0"}
    return {"artefact": home, "step": step, "parameters": told, "code": step * 8, "environment": environment,
            "reads": {}, "files": {}}  # fmt: skip


def test_an_explanation_is_a_paragraph_a_step_from_the_number_to_the_raw_bytes() -> None:
    write_json(
        Path("choices/full/choice.json"),
        {"method": "full", "hyperparameters": {"ema": 0.5}, "validation_mean": 0.81},
    )
    rests_on = [
        artefact("results", "report", alpha=0.05),
        artefact("runs/full/seed-1", "train", seed=1, model="mlp"),
        artefact("runs/full/seed-2", "train", seed=2, model="mlp"),
        artefact("choices/full", "select", trials=8),
    ]
    found = {"target": "results/metrics.json:mean", "value": 0.5, "sha256": "ab" * 32, "rests_on": rests_on}
    found |= {"choices": choices(rests_on), "raw": {"rows.npz": "cd" * 32}}
    assert render(found).splitlines() == [
        "results/metrics.json:mean = 0.5",
        f"  file  sha256 {'ab' * 32}",
        "",
        "report: results",
        "  told  alpha 0.05",
        "  code  reportreport",
        "  with  python 3.11 and 1 locked distributions",
        "",
        "train: runs/full (2 seeds: 1, 2)",
        "  told  model mlp",
        "  code  traintraintr",
        "  with  python 3.11 and 1 locked distributions",
        "",
        "select: choices/full",
        "  chose full: ema 0.5 (validation 0.8100, the best of 8 trials)",
        "  told  trials 8",
        "  code  selectselect",
        "  with  python 3.11 and 1 locked distributions",
        "",
        "raw bytes",
        f"  rows.npz  sha256 {'cd' * 32}",
    ]


def test_runs_of_variants_with_the_same_seeds_are_named_together() -> None:
    homes = [f"runs/{variant}/seed-{seed}" for variant in ("full", "mlp") for seed in range(8)]
    assert named([*homes, "runs/svm/fixed", "data/raw"]) == [
        "runs/full, runs/mlp (8 seeds each: 0, 1, 2, 3, 4, 5 and 2 more)",
        "runs/svm (fixed)",
        "data/raw",
    ]
    assert common([{"parameters": {"a": 1, "b": 2, "c": [1]}}, {"parameters": {"a": 1, "b": 3, "c": [1]}}]) == {"a": 1}
