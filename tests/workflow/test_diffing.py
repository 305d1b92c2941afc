"""What differs between two revisions of a study, with real commits, records and an experiment."""

import json
from pathlib import Path
from typing import Any

import pytest
from tests.study import Study, copy_of, made_once, write_source

from pipeline.diffing import code, parameters, render
from pipeline.io.revisions import open_revision

SECTIONS = ("conclusions", "parameters", "code", "graph", "data", "environment", "plan")
STATISTICS = Path("src/pipeline/science/statistics.py")


@pytest.fixture(scope="module")
def history(built: Study, tmp_path_factory: pytest.TempPathFactory) -> Study:
    """Return a study with two recorded revisions, v1 and v2, and v3 that is not recorded; not to be changed."""

    def make(folder: Path) -> None:
        study = copy_of(built, folder)
        study.pipeline("record")
        study.git("tag", "v1")
        edit(study, STATISTICS, "DECIMALS = 12", "DECIMALS = 11  # enough")
        edit(study, Path("src/pipeline/science/metrics.py"), '"""', '"""Told otherwise: ', count=1)
        edit(study, Path("requirements.lock"), "\nruff==", "\nruff==0.0.")
        study.change("components.small_leaves.min_samples_leaf", 2)
        study.commit("Compare with leaves of two, to eleven digits")
        study.pipeline("plan", "--lock")
        study.snakemake()
        study.pipeline("record")
        study.git("tag", "v2")
        study.change("data.sha256", write_source(study.folder / "data" / "source" / "rows.npz", seed=1))
        study.commit("Take other rows")
        study.git("tag", "v3")

    return made_once(tmp_path_factory, "history", make)


@pytest.fixture
def changed(history: Study, tmp_path: Path) -> Study:
    """Return a copy of that study, to change."""
    return copy_of(history, tmp_path / "study")


@pytest.fixture(scope="module")
def odd(history: Study, tmp_path_factory: pytest.TempPathFactory) -> Study:
    """Return a copy with revisions that state no study, or none that can be read; not to be changed."""

    def make(folder: Path) -> None:
        changed = copy_of(history, folder)
        empty = changed.git("commit-tree", "-m", "Empty", "4b825dc642cb6eb9a060e54bf8d69288fbee4904").strip()
        changed.git("tag", "empty", empty)
        (changed.folder / "params.yaml").write_text("study: {\n")
        changed.commit()
        changed.git("tag", "broken")
        changed.git("checkout", "-q", "v3")
        (changed.folder / "src/pipeline/science/metrics.py").write_text("def accuracy(:\n")
        changed.commit()
        changed.git("tag", "syntax")
        changed.git("checkout", "-q", "v3")

    return made_once(tmp_path_factory, "odd-revisions", make)


def edit(study: Study, path: Path, before: str, after: str, count: int = -1) -> None:
    """Replace a text in a file that has it."""
    text = (study.folder / path).read_text()
    assert before in text
    (study.folder / path).write_text(text.replace(before, after, count))


def diff(study: Study, *revisions: str) -> dict[str, Any]:
    """Return what `pipeline diff` finds."""
    return dict(json.loads(study.pipeline("diff", *revisions, "--json").stdout))


def keys(found: dict[str, Any], section: str) -> list[str]:
    """Return the keys that changed in a section."""
    return [change["key"] for change in found[section]]


@pytest.mark.slow
def test_two_recorded_revisions_are_told_apart_conclusions_first(history: Study) -> None:
    found = diff(history, "v1", "v2")

    assert keys(found, "parameters") == ["components.small_leaves.min_samples_leaf"]
    assert found["code"][0]["key"] == "pipeline.science.statistics:DECIMALS"
    assert (len(found["code"]), found["code"][0]["steps"]) == (1, ["analyse"])
    assert keys(found, "environment") == ["ruff"]
    assert keys(found, "plan") == ["plan/plan.json"]
    assert found["graph"] == found["data"] == []
    (contrast,) = found["conclusions"]["contrasts"]
    recorded = {tag: json.loads(history.git("show", f"{tag}:manifest.json"))["conclusions"] for tag in ("v1", "v2")}
    for side, tag in (("before", "v1"), ("after", "v2")):
        assert contrast[side] == recorded[tag]["contrasts"][0]
    said = history.pipeline("diff", "v1", "v2").stdout.splitlines()
    headings = [line for line in said[1:] if line and not line.startswith(" ")]
    assert headings == ["conclusions", "parameters", "code", "environment", "plan"]
    assert "  pipeline.science.statistics:DECIMALS (analyse)" in said
    assert "  components.small_leaves.min_samples_leaf (30 → 2)" in said
    assert any("full against minus_small_leaves: better" in line for line in said)


@pytest.mark.slow
def test_a_revision_and_itself_do_not_differ(history: Study) -> None:
    found = diff(history, "v2", "v2")
    assert not any(found["conclusions"].values())
    assert not any(found[section] for section in SECTIONS[1:])
    assert history.pipeline("diff", "v2", "v2").stdout.splitlines()[1:] == ["", "no difference"]


@pytest.mark.slow
def test_the_commit_that_results_were_made_of_has_the_record_made_of_it_later(history: Study) -> None:
    made_of = json.loads(history.git("show", "v1:manifest.json"))["commit"]
    assert history.pipeline("diff", made_of, "v1").stdout.splitlines()[1:] == ["", "no difference"]


@pytest.mark.slow
def test_a_revision_whose_manifest_is_of_other_sources_has_no_conclusions(history: Study) -> None:
    found = diff(history, "v2", "v3")
    assert found["conclusions"] == {}
    assert [side["conclusions"] for side in found["revisions"]] == [True, False]
    assert keys(found, "data") == ["data.sha256", "data/source/rows.npz"]
    said = history.pipeline("diff", "v2", "v3").stdout
    assert "v3: its conclusions are not recorded: its manifest.json is of other sources (data/source, params" in said
    assert "held-out" not in said


@pytest.mark.slow
def test_a_revision_without_a_manifest_has_no_conclusions(history: Study) -> None:
    first = history.git("rev-list", "--max-parents=0", "HEAD").strip()
    said = history.pipeline("diff", first, "v1").stdout
    assert f"{first}: its conclusions are not recorded: it has no manifest.json" in said


@pytest.mark.slow
def test_a_manifest_that_says_otherwise_than_dvc_lock_is_not_believed(changed: Study) -> None:
    changed.git("checkout", "-q", "v2")
    changed.git("checkout", "v1", "--", "dvc.lock")
    changed.commit("Mix two records")
    found = diff(changed, "v1", "HEAD")
    assert found["conclusions"] == {}
    assert "dvc.lock and manifest.json differ in" in found["revisions"][1]["reason"]


@pytest.mark.slow
def test_the_workspace_is_told_by_its_own_valid_results_and_by_no_others(changed: Study) -> None:
    changed.git("checkout", "-q", "v2")
    assert changed.pipeline("diff").stdout.splitlines()[1:] == ["", "no difference"]

    changed.change("study.title", "Another")
    found = diff(changed)
    assert (keys(found, "parameters"), found["conclusions"]) == (["study.title"], {})

    changed.snakemake()
    found = diff(changed, "v2", "workspace")
    assert found["conclusions"]["status"] == {"before": "exploratory after a look", "after": "exploratory"}
    assert [row["variant"] for row in found["conclusions"]["contrasts"]] == ["minus_small_leaves", "nearest_neighbours"]
    assert "workspace: not recorded, told by the valid results" in render(found)


@pytest.mark.slow
def test_an_experiment_is_a_revision_by_its_name(changed: Study) -> None:
    changed.git("checkout", "-q", "v2")
    changed.dvc("exp", "save", "--force", "-n", "as_it_is")
    changed.change("search.trials", 1)
    changed.dvc("exp", "save", "--force", "-n", "one_trial")
    found = diff(changed, "as_it_is", "one_trial")
    assert keys(found, "parameters") == ["search.trials"]
    assert [side["conclusions"] for side in found["revisions"]] == [True, False]


@pytest.mark.slow
def test_the_code_of_each_step_is_the_code_that_its_receipts_name(history: Study, tmp_path: Path) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(history.folder)
        revision = open_revision("v2", tmp_path / "v2")
        found = code(revision, parameters(revision)).steps
    named: dict[str, dict[str, str]] = {}
    for path in history.folder.rglob("receipt.json"):
        receipt = json.loads(path.read_text())
        named.setdefault(receipt["step"], {}).update(receipt["code"]["definitions"])
    assert {step: found[step] for step in named} == named
    assert found.keys() - named.keys() == {"resample"}  # which a study without folds does not call for


@pytest.mark.slow
@pytest.mark.parametrize(
    ("revisions", "said"),
    [
        (("nowhere",), "nowhere: is no revision; see `git log --oneline`"),
        (("HEAD", "empty"), "empty: has no params.yaml; name a revision that states a study"),
        (("broken",), "broken: params.yaml: "),
        (("syntax",), "syntax: src/pipeline/science/metrics.py: line "),
    ],
)
def test_a_revision_that_tells_nothing_is_one_line(odd: Study, revisions: tuple[str, ...], said: str) -> None:
    done = odd.pipeline("diff", *revisions, check=False)

    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith(f"pipeline: {said}")
    assert len(done.stderr.splitlines()) == 1
