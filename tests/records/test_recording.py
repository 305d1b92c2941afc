"""What recording refuses, what a manifest says anew, and what is committed with it."""

import json
from pathlib import Path
from typing import Any

import pytest
from tests.certificates.rebuilds import Fields, git, record

from pipeline.base.errors import RecordError
from pipeline.io.dvc import Cache, file_md5
from pipeline.io.manifest import MANIFEST
from pipeline.io.repeats import NOTED, basis_here
from pipeline.recording import (
    conclusions,
    keep,
    mended,
    refuse_invalid,
    refuse_mixed,
    refuse_nondeterministic,
    refuse_uncommitted,
    refuse_unkept,
    render,
    tells_more,
)

PHASES = "stages: {data: {outs: [data/raw, {data/splits: {persist: true}}]}, train: {outs: [runs, analysis, results]}}"
HERE = {"architecture": "x86_64", "vendor": "A"}


@pytest.fixture
def manifest(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Fields:
    monkeypatch.chdir(tmp_path)
    for name, value in (("NAME", "A"), ("EMAIL", "a@example.org")):
        for who in ("AUTHOR", "COMMITTER"):
            monkeypatch.setenv(f"GIT_{who}_{name}", value)
    return record()


def test_sources_that_are_not_committed_are_not_recorded_of(manifest: Fields) -> None:
    refuse_uncommitted()
    Path("notes.md").write_text("no source")
    refuse_uncommitted()
    Path("params.yaml").write_text("seed: 2\n")
    with pytest.raises(RecordError, match=r"params\.yaml: not committed"):
        refuse_uncommitted()
    git("checkout", "-q", "params.yaml")
    Path("src").mkdir()
    Path("src/new.py").write_text("")
    with pytest.raises(RecordError, match=r"src/new\.py: not committed"):
        refuse_uncommitted()


def state(**states: str) -> dict[str, Any]:
    artefacts = {
        name: {"state": said.partition(": ")[0], "reason": said.partition(": ")[2]} for name, said in states.items()
    }
    return {"artefacts": artefacts, "environment": []}


@pytest.mark.parametrize("trouble", ["stale", "corrupt", "missing"])
def test_one_artefact_that_is_not_valid_is_enough_to_record_nothing(trouble: str) -> None:
    refuse_invalid(state(raw="valid", results="valid"))
    with pytest.raises(RecordError, match=f"^results is {trouble}: not recorded"):
        refuse_invalid(state(raw="valid", results=trouble))


def test_causes_are_named_before_what_follows_from_them() -> None:
    follow = {f"run{number}": "stale: rests on choices" for number in range(5)}
    with pytest.raises(RecordError, match=r"^choices is stale, run0 is stale, run1 .*, run2 is stale and 2 more: not"):
        refuse_invalid(state(**follow, choices="stale: code"))


def test_an_environment_that_is_not_the_locked_one_is_not_recorded_of() -> None:
    with pytest.raises(RecordError, match="the environment is not the locked one: numpy is 1, locked 2"):
        refuse_invalid({**state(raw="valid"), "environment": ["numpy is 1, locked 2"]})


def test_an_artefact_of_which_dvc_would_keep_nothing_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("dvc.yaml").write_text(PHASES)
    refuse_unkept(["data/raw", "data/splits", "runs/full/seed-1"])
    with pytest.raises(RecordError, match=r"dvc\.yaml: no phase has evaluations among its outs; add `- evaluations:"):
        refuse_unkept(["data/raw", "evaluations/full/seed-1"])
    with pytest.raises(RecordError, match="no phase has data/held_out among"):
        refuse_unkept(["data/held_out"])


def test_what_came_out_different_is_refused_until_it_came_out_the_same_twice(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    home = "runs/full/seed-1"
    Path(home).mkdir(parents=True)
    stated = {"code": {"digest": "0"}, "environment": {}}
    Path(home, "receipt.json").write_text(json.dumps(stated))
    event = {"event": "different", "artefact": home, "step": "train", "basis": basis_here(home), "file": "run.json"}
    NOTED.parent.mkdir()
    NOTED.write_text(json.dumps(event) + "\n")
    refuse_nondeterministic(["data/raw"])
    with pytest.raises(RecordError, match=r"^runs/full/seed-1 \(run\.json\): came out different from the same code"):
        refuse_nondeterministic(["data/raw", home])
    with NOTED.open("a") as file:
        file.write(2 * (json.dumps({**event, "event": "same"}) + "\n"))
    refuse_nondeterministic([home])


def test_a_strict_study_is_of_one_class_of_machine_that_is_known() -> None:
    known: dict[str, dict[str, Any]] = {home: {"machine": HERE} for home in ("data/raw", "runs/a")}
    refuse_mixed(known, known)
    with pytest.raises(
        RecordError, match=r"compute\.strict: results/b is of a class of machine that is not known \(1 "
    ):
        refuse_mixed([*known, "results/b"], known)
    known["runs/a"] = {"machine": {**HERE, "vendor": "B"}}
    with pytest.raises(
        RecordError, match=r"compute\.strict: results are of 2 classes of machine .*they differ in vendor"
    ):
        refuse_mixed(known, known)


@pytest.mark.parametrize(
    ("changed", "more"),
    [
        ({}, False),
        ({"commit": "f" * 40}, False),
        ({"machines": {"a": 1}}, False),
        ({"outs": {"runs": "0.dir"}}, True),
        ({"sources": {}}, True),
        ({"plan": "1d"}, True),
        ({"conclusions": {"metrics": {}}}, True),
        ({"looks": ["looks/a.json"]}, True),
    ],
)
def test_the_same_sources_and_bytes_are_the_same_record(manifest: Fields, changed: Fields, more: bool) -> None:
    assert tells_more({**manifest, **changed}, manifest) is more


def test_another_byte_of_an_artefact_is_another_record(manifest: Fields) -> None:
    about = manifest["artefacts"]["analysis"]
    noticed = {**manifest["artefacts"], "analysis": {**about, "observed": {"machine": HERE}, "objects": {"a": "0"}}}
    assert not tells_more({**manifest, "artefacts": noticed}, manifest)
    for changed in ({"receipt": "0"}, {"files": {**about["files"], "metrics.json": "0"}}):
        assert tells_more({**manifest, "artefacts": {**noticed, "analysis": {**about, **changed}}}, manifest)
    assert tells_more(manifest, None)


def test_the_manifest_is_committed_with_the_lock_and_nothing_else(manifest: Fields) -> None:
    Path("dvc.lock").write_text("stages: {}\n")
    Path("staged.txt").write_text("of somebody else")
    git("add", "staged.txt")
    assert keep({**manifest, "plan": "1d"}) == "committed dvc.lock and manifest.json"
    assert git("show", "--name-only", "--format=%s").split("\n") == [
        "Record the results", "", "dvc.lock", "manifest.json", "",
    ]  # fmt: skip
    assert json.loads(MANIFEST.read_text())["plan"] == "1d"
    assert keep(None) == "nothing new: these results were recorded before"


def test_conclusions_are_those_columns_of_the_results_that_conclude(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("results/tables").mkdir(parents=True)
    Path("results/metrics.json").write_text('{"status": "exploratory"}')
    Path("results/tables/variants.csv").write_text("variant,role,n,validation_mean\nfull,method,10,0.5\n")
    assert conclusions() == {
        "metrics": {"status": "exploratory"},
        "contrasts": [],
        "variants": [{"variant": "full", "n": "10", "validation_mean": "0.5"}],
    }


def test_what_dvc_keeps_otherwise_than_it_lies_here_is_named_and_a_damaged_object_removed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    git("init", "-q")
    Path(".dvc").mkdir()
    Path(".dvc/config").write_text("[core]\n    no_scm = false\n")
    cache = Cache(tmp_path / ".dvc" / "cache")
    for name in ("good", "damaged", "other"):
        Path("runs").mkdir(exist_ok=True)
        Path("runs", name).write_text(name)
        kept = cache.object(file_md5(Path("runs", name)))
        kept.parent.mkdir(parents=True, exist_ok=True)
        kept.write_text("spoilt" if name == "damaged" else name)
    listing = [{"md5": file_md5(Path("runs", name)), "relpath": name} for name in ("good", "damaged", "other")]
    Path("list").write_text(json.dumps(listing))
    md5 = f"{file_md5(Path('list'))}.dir"
    cache.object(md5).parent.mkdir(parents=True, exist_ok=True)
    Path("list").rename(cache.object(md5))
    Path("dvc.lock").write_text(f"stages: {{train: {{outs: [{{path: runs, md5: {md5}}}]}}}}\n")
    Path("runs/other").write_text("changed since")

    assert mended() == ["runs/other", "runs/damaged"]

    assert not cache.object(listing[1]["md5"]).exists()
    assert cache.holds(listing[0]["md5"])
    Path("runs/other").write_text("other")
    assert mended() == ["runs/damaged"]


def test_what_was_recorded_is_told_with_machines_and_looks() -> None:
    looks = {"configurations": 1, "plans": 1, "standing": "confirmatory", "deviations": [], "seen_otherwise": []}
    looks |= {"removed": {}, "elsewhere": [], "other_studies": 0}
    machines = {name: {"fields": {"vendor": name}, "artefacts": 2} for name in ("A", "B")}
    found = {
        "artefacts": 4,
        "commit": "c0ffee" * 6,
        "said": "committed",
        "machines": machines,
        "looks": looks,
        "pushed": "4 files",
    }
    assert render(found).splitlines() == [
        "recorded 4 artefacts of c0ffeec0ffee; committed",
        "they are of 2 classes of machine (2 on A, 2 on B; they differ in vendor: A has A, B has B); bits may differ "
        "between classes",
        "held-out: seen by 1 configuration, under 1 plan (looks/)",
        "pushed: 4 files",
    ]
