"""Bad input: one clear line that names file, key and remedy, a non-zero exit code, and nothing changed on disk."""

import hashlib
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from tests.study import Study, write_source

LEFT_OUT = {".git", ".snakemake", ".pipeline", "logs", "observed", "__pycache__"}
SUBSTITUTE = "receipt.json"
Change = Callable[[Study], None]


def tree(study: Study, names_of_receipts: bool = True) -> dict[str, str]:
    """Return the digest of every file, logs aside; receipts under one name each where their names do not count."""
    found = {}
    for path in sorted(study.folder.rglob("*")):
        relative = path.relative_to(study.folder)
        if path.is_file() and not LEFT_OUT & set(relative.parts):
            name = relative.as_posix()
            name = name if names_of_receipts else name.replace("receipt.withdrawn.json", SUBSTITUTE)
            found[name] = hashlib.sha256(path.read_bytes()).hexdigest()
    return found


def said(done: subprocess.CompletedProcess[str]) -> list[str]:
    """Return the lines by which we say what is wrong."""
    return [line for line in (done.stdout + done.stderr).splitlines() if line.startswith("pipeline: ")]


def stating(key: str, value: Any) -> Change:
    return lambda study: study.change(key, value)


def writing(path: str, content: bytes) -> Change:
    def write(study: Study) -> None:
        (study.folder / path).write_bytes(content)

    return write


def removing(path: str) -> Change:
    return lambda study: (study.folder / path).unlink()


def other_data(study: Study) -> None:
    write_source(study.folder / "data" / "source" / "rows.npz", seed=1)


def appending(path: str, text: str) -> Change:
    def append(study: Study) -> None:
        with (study.folder / path).open("a", encoding="utf-8") as file:
            file.write(text)

    return append


REFUSED: dict[str, tuple[Change, list[str]]] = {
    "an unknown key": (
        stating("study.margn", 0.1),
        ["params.yaml: study.margn: unknown key; did you mean 'margin'?"],
    ),
    "an unknown section": (stating("sead", {}), ["params.yaml: sead: unknown key; did you mean 'seeds'?"]),
    "a wrong type": (
        stating("data.train", "eighty"),
        ["params.yaml: data.train:", "not 'eighty'", "; correct its value"],
    ),
    "a missing key": (stating("data", {"name": "npz_file"}), ["params.yaml: data.", "is missing; state it"]),
    "a key stated twice": (
        appending("params.yaml", "\nstudy: {}\n"),
        ["params.yaml: (syntax): key 'study' is stated twice", "; mend the YAML"],
    ),
    "a setting that is misspelt in a component": (
        stating("components.small_leaves", {"min_sample_leaf": 30}),
        ["params.yaml: components.small_leaves.min_sample_leaf: unknown key; did you mean 'min_samples_leaf'?"],
    ),
    "a setting that is misspelt in a variant": (
        stating("variants.few_trees", {"tres": 10}),
        ["params.yaml: variants.few_trees.tres: unknown key; did you mean 'trees'?"],
    ),
    "a setting of the wrong kind": (
        stating("baselines.nearest_neighbours.weights", "near"),
        ["params.yaml: baselines.nearest_neighbours.weights:", "'uniform'", "not 'near'"],
    ),
    "a variant that overrides nothing": (
        stating("variants.same", {"min_samples_leaf": 1}),
        ["params.yaml: variants.same.min_samples_leaf: overrides nothing", "; state another value"],
    ),
    "a variant without overrides": (
        stating("variants.same", {}),
        ["params.yaml: variants.same: overrides nothing; state what differs from method"],
    ),
    "a contrast that names no variant": (
        stating("families.ablation.against", ["minus_small_leafs"]),
        [
            "params.yaml: families.ablation.against: no variant is named 'minus_small_leafs'",
            "did you mean 'minus_small_leaves'?",
        ],
    ),
    "too few seeds": (
        stating("seeds.final", [10, 11, 12, 13, 14]),
        ["params.yaml: seeds.final: 5 seeds can never reach alpha 0.05", "; state at least 6 seeds"],
    ),
    "seeds that are not disjoint": (
        stating("seeds.selection", [1, 12]),
        ["params.yaml: seeds.final: shares 12 with seeds.selection; "],
    ),
    "a setting that is fixed and searched": (
        stating("method.max_features", "sqrt"),
        ["params.yaml: search.spaces.method.max_features: is fixed in full and searched too; keep one of the two"],
    ),
    "a search of no setting": (
        stating("search.spaces.method.max_feature", {"choice": ["sqrt"]}),
        ["params.yaml: search.spaces.method.max_feature: is no setting of the model; did you mean 'max_features'?"],
    ),
    "a range upside down": (
        stating("search.spaces.nearest_neighbours.neighbours", {"integer": [9, 1]}),
        ["params.yaml: search.spaces.nearest_neighbours.neighbours:", "low below high", "; correct the range"],
    ),
    "a choice that the model does not know": (
        stating("search.spaces.method.max_features", {"choice": ["sqrt", "squrt", "log2"]}),
        ["params.yaml: search.spaces.method.max_features:", "not 'squrt'; correct its value"],
    ),
    "a raw file where DVC would not see it change": (
        stating("data.source", "data/rows.npz"),
        ["params.yaml: data.source: lies outside data/source, so DVC would not see it change; keep the file in"],
    ),
    "a family without members": (
        stating("families.ablation.against", []),
        ["params.yaml: families.ablation.against: contrasts nothing; name a variant, or remove the family"],
    ),
    "an unknown model": (
        stating("baselines.nearest_neighbours.model", "nearest_neighbour"),
        [
            "params.yaml: baselines.nearest_neighbours.model: nothing is named 'nearest_neighbour'",
            "did you mean 'nearest_neighbours'?",
        ],
    ),
    "an unknown data set": (
        stating("data.name", "mnist_1d"),
        ["params.yaml: data.name: nothing is named 'mnist_1d'; did you mean 'mnist1d'?"],
    ),
    "an unknown metric": (
        stating("study.metric", "accurcy"),
        ["params.yaml: study.metric:", "accuracy"],
    ),
    "a missing raw file": (
        removing("data/source/rows.npz"),
        ["params.yaml: data.source: data/source/rows.npz is missing; restore it, or correct the path"],
    ),
    "no params.yaml": (removing("params.yaml"), ["params.yaml: (file): is missing; run from a study's folder"]),
    "a corrupt plan": (writing("plan/plan.json", b"{"), ["plan/plan.json: is no plan", "git checkout plan/plan.json"]),
    "an altered plan": (
        lambda study: (study.folder / "plan/plan.json").write_text(
            (study.folder / "plan/plan.json").read_text().replace('"margin": 0.01', '"margin": 0.02')
        ),
        ["plan/plan.json: digest: does not match what the plan states; ", "`pipeline plan --lock`"],
    ),
    "a missing lock file": (
        removing("requirements.lock"),
        ["requirements.lock: is missing; restore it with `git checkout requirements.lock`"],
    ),
}


@pytest.mark.parametrize("fault", REFUSED)
def test_bad_input_is_one_clear_line_and_changes_nothing(fault: str, study: Study) -> None:
    change, fragments = REFUSED[fault]
    change(study)
    before = tree(study)
    done = study.snakemake(check=False)
    lines = said(done)
    assert done.returncode != 0
    assert len(lines) == 1, done.stdout + done.stderr
    assert all(fragment in lines[0] for fragment in fragments), lines[0]
    assert "Traceback" not in done.stdout + done.stderr
    assert tree(study) == before
    assert study.made() == set()


IN_A_JOB: dict[str, tuple[Change, list[str]]] = {
    "raw data of another digest": (
        other_data,
        ["params.yaml: data.sha256: data/source/rows.npz has the digest", "restore the pinned data"],
    ),
    "a raw file that is damaged": (
        writing("data/source/rows.npz", b"not an archive"),
        ["data/source/rows.npz: is no .npz file with arrays x and y", "; restore it"],
    ),
    "more rows than there are": (
        stating("data.train", 4000),
        ["params.yaml: data: train 4000", "; ask for fewer"],
    ),
}


@pytest.mark.parametrize("fault", IN_A_JOB)
def test_bad_input_that_a_job_finds_is_listed_at_the_end_and_nothing_is_lost(fault: str, study: Study) -> None:
    before = tree(study, names_of_receipts=False)
    original = {name: (study.folder / name).read_bytes() for name in ("params.yaml", "data/source/rows.npz")}
    change, fragments = IN_A_JOB[fault]
    change(study)

    done = study.snakemake(check=False)

    assert done.returncode != 0
    assert len(said(done)) == 1, done.stderr
    assert all(fragment in said(done)[0] for fragment in fragments), said(done)
    end = done.stderr[done.stderr.rindex("failed: ") :]
    assert all(fragment in end for fragment in fragments)
    assert "log:" in end
    for name, content in original.items():
        (study.folder / name).write_bytes(content)
    assert tree(study, names_of_receipts=False) == before
    study.snakemake()
    assert study.made() == set()


@pytest.mark.slow
def test_a_device_that_is_not_there_is_an_error_and_never_another_device(study: Study) -> None:
    params = study.params()
    params["method"] = {"model": "mlp", "batch_size": 20, "steps": 5, "hidden": 4}
    params["components"] = {"width": {"hidden": 2}}
    params["search"]["spaces"]["method"] = {
        "learning_rate": {"uniform": [0.01, 0.1]},
        "weight_decay": {"choice": [0.1]},
    }
    params["compute"]["device"] = "cuda"
    study.state(params)

    done = study.snakemake("choices/full/receipt.json", check=False, CUDA_VISIBLE_DEVICES="")

    assert done.returncode != 0
    assert len(said(done)) == 1
    assert "compute.device: cuda, and this machine has no usable CUDA device; " in said(done)[0]
    assert "compute.device: cuda" in done.stderr[done.stderr.rindex("failed: ") :]
    assert not study.made()


def test_the_check_of_the_tree_sees_a_renamed_receipt(study: Study) -> None:
    before = tree(study)
    home = study.folder / "data" / "raw"
    (home / "receipt.json").replace(home / "receipt.withdrawn.json")
    assert tree(study) != before
    assert tree(study, names_of_receipts=False) == tree(study, names_of_receipts=False)


def test_a_folder_without_a_study_is_refused_in_one_line(study: Study, tmp_path: Path) -> None:
    empty = tmp_path / "empty"
    empty.mkdir()
    shutil.copytree(study.folder / "src", empty / "src")
    shutil.copy(study.folder / "requirements.lock", empty)

    done = Study(empty).pipeline("plan", check=False)

    assert done.returncode == 1
    assert said(done) == ["pipeline: params.yaml: (file): is missing; run from a study's folder"]
