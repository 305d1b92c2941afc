"""Studies beside the default one: a folder each, one set of rules, one code, one cache."""

import copy
import json
import os
import re
from pathlib import Path
from typing import Any

import pytest
import yaml
from tests.study import BESIDE, DATA, ROOT, SHARED, Study, copy_of

from pipeline.base.dealing import FOLDS, LABELS, TESTED
from pipeline.studies import is_clean_everywhere, recorded, render, summed_up
from pipeline.workflow import Workflow

SHIPPED = sorted(path.parent for path in ROOT.glob("studies/*/params.yaml"))


@pytest.mark.slow
def test_a_study_in_a_folder_of_its_own_is_built_recorded_and_verified_and_the_default_one_stays_as_it_was(
    recorded: Study, tmp_path: Path
) -> None:
    default = copy_of(recorded, tmp_path / "study")
    before = default.artefacts()
    second = default.beside("second", {**default.params(), "seeds": {"selection": [1], "final": [*range(11, 17)]}})
    second.pipeline("plan", "--lock")

    second.dvc("repro")
    assert "runs/full/seed-16" in second.made()
    assert "runs/full/seed-11" not in second.made()  # the default study's cache has it
    done = second.run("snakemake", "--cores", "1")
    assert "Using workflow specific profile profiles/default" in done.stdout + done.stderr
    assert "Nothing to be done" in done.stdout + done.stderr

    second.commit("Build the second study")
    second.pipeline("record")
    assert "record: recorded at" in second.pipeline("status").stdout
    assert "study.margin (0.01 → 0.02)" in changed(second)
    verdict = second.verify("--runs", "full/seed-16", TMPDIR=str(tmp_path)).stdout
    assert "identical" in verdict.splitlines()[-1]
    for path in (second.folder / "runs").rglob("*.skops"):
        path.unlink()
    assert "are here as recorded" in second.pipeline("restore").stdout

    assert default.artefacts() == before
    assert "record: recorded at" in default.pipeline("status").stdout
    assert default.git("status", "--porcelain") == ""

    source = default.folder / "src" / "pipeline" / "science" / "metrics.py"
    source.write_text(source.read_text() + "\nUNUSED = 1\n")
    default.commit("Change what both share")
    assert "for other sources: ../../src" in second.pipeline("status").stdout


def changed(study: Study) -> str:
    """Return what diff says of another margin, which is then taken back."""
    study.change("study.margin", 0.02)
    said = study.pipeline("diff").stdout
    study.git("checkout", "-q", "params.yaml")
    return said


@pytest.mark.slow
def test_in_a_study_s_folder_the_profile_and_the_triggers_are_those_of_the_root(built: Study, tmp_path: Path) -> None:
    default = copy_of(built, tmp_path / "study")
    second = default.beside("second", default.params())
    first = second.run("snakemake", "prepared")
    for done in (first, second.dvc("repro", "data")):
        assert "Using workflow specific profile profiles/default" in done.stdout + done.stderr
    assert second.made() == set(DATA)
    assert untouched(default)
    assert untouched(second)

    for study in (default, second):  # times decide nothing
        for path in (study.folder / "data").rglob("*"):
            os.utime(path)
    assert untouched(default)
    assert untouched(second)
    assert "didn't change, skipping" in second.dvc("repro", "data").stdout

    second.change("data.train", 70)  # content does
    assert untouched(default)
    assert not untouched(second)
    second.forget()
    second.dvc("repro", "data")
    assert second.made() == set(DATA[1:])


def untouched(study: Study) -> bool:
    """Tell whether a run up to the splits would do nothing."""
    done = study.run("snakemake", "-n", "prepared")
    return "Nothing to be done" in done.stdout + done.stderr


@pytest.mark.slow
def test_all_studies_are_shown_in_one_view_that_leads_to_their_reports(built: Study, tmp_path: Path) -> None:
    default = copy_of(built, tmp_path / "study")
    assert default.pipeline("status", "--all").returncode == 0
    second = default.beside("second", default.params())
    done = second.pipeline("status", "--all", "--json", check=False)
    found = json.loads(done.stdout)
    assert done.returncode == 1  # as `pipeline status` has it in that folder
    assert list(found) == [".", "studies/second"]
    assert (found["."]["state"], found["."]["plan"]) == ("complete", "confirmatory")
    assert sum(found["."]["contrasts"].values()) == 2
    assert found["."]["cpu_seconds"] > 0
    assert (found["studies/second"]["state"], found["studies/second"]["plan"]) == ("not made yet", "exploratory")
    page = default.folder / "observed" / "studies.html"
    links = re.findall(r'href="([^"]+)"', page.read_text())
    assert [(page.parent / link).resolve() for link in links] == [default.folder.resolve() / "results/report.html"]
    assert default.git("status", "--porcelain") == ""

    (default.folder / "runs/full/seed-10/run.json").write_text("{}")
    (second.folder / "params.yaml").write_text("study: {}")
    shown = default.pipeline("status", "--all", check=False)
    assert shown.returncode == 1
    assert re.search(r"^default +\d+ corrupt, \d+ stale", shown.stdout, re.MULTILINE)
    assert re.search(r"^studies/second +params.yaml: ", shown.stdout, re.MULTILINE)


def test_a_claim_that_fell_is_named_and_makes_the_view_fail() -> None:
    claim = {"sentence": "It helps.", "recorded": None}
    status = {
        "title": "A study", "study": "", "controls": "passed", "nondeterminism": [], "contrasts": {"supported": 1},
        "artefacts": {"results": {"state": "valid", "step": "report", "reason": ""}}, "cpu_seconds": 12.0,
        "record": {"recorded": False, "reason": "none"}, "held_out": {"standing": "confirmatory", "removed": {}},
        "claims": {"main": {**claim, "verdict": "supported"}, "side": {**claim, "verdict": "not supported"}},
    }  # fmt: skip
    fell = summed_up(status, Path())
    assert not is_clean_everywhere({".": fell})
    assert "1 of 2 supported; fell: side" in render({".": fell})
    long = f"studies/{'a-name-' * 5}study"
    ails = "1 stale of 2; a control failed; came out different"
    assert f"\n{long} " in render({".": fell, long: {**fell, "state": ails}})
    status["claims"]["side"]["verdict"] = "supported"  # type: ignore[index]
    assert is_clean_everywhere({".": summed_up(status, Path())})


@pytest.mark.parametrize(
    ("is_recorded", "reason", "valid", "said"),
    [
        (True, "recorded at 0123", 12, "recorded"),
        (True, "recorded at 0123", 0, "recorded, not restored here"),
        (False, "recorded at 0123, for other sources: params.yaml", 12, "recorded, of other sources"),
        (False, "not recorded: there is no manifest.json", 12, "not recorded"),
    ],
)
def test_it_is_told_of_which_sources_and_whether_results_lie_here(
    is_recorded: bool, reason: str, valid: int, said: str
) -> None:
    assert recorded({"recorded": is_recorded, "record": reason, "valid": valid}) == said


@pytest.mark.parametrize("folder", SHIPPED, ids=lambda folder: folder.name)
def test_a_shipped_study_has_the_rules_the_phases_and_the_profiles_of_the_default_one(folder: Path) -> None:
    assert (folder / "Snakefile").read_text() == BESIDE
    assert (folder / "profiles").readlink() == Path("../../profiles")
    assert differences(folder) == []
    assert all((folder / name / "README.md").is_file() for name in ("plan", "looks"))  # DVC watches these folders
    Workflow.load(folder / "params.yaml")


def differences(folder: Path) -> list[str]:
    """Return where the phases of a study are not those of the default one; raw files may be left out."""
    own, default = (yaml.safe_load((place / "dvc.yaml").read_text()) for place in (folder, ROOT))
    found = [key for key in ("metrics", "plots") if own[key] != default[key]]
    if (folder / "params.yaml").is_file() and Workflow.load(folder / "params.yaml").folds:
        default = with_folds(default)
    for name, stage in default["stages"].items():
        deps = [f"../../{path}" if path in SHARED else path for path in stage["deps"]]
        wanted = {**stage, "deps": [path for path in deps if path != "data/source"]}
        mine = own["stages"][name]
        mine = {**mine, "deps": [path for path in mine["deps"] if path != "data/source"]}
        found += [f"{name}.{key}" for key in {*wanted, *mine} if wanted.get(key) != mine.get(key)]
    return found


def with_folds(phases: dict[str, Any]) -> dict[str, Any]:
    """Return the phases of a study that resamples: its data has four folders more."""
    phases = copy.deepcopy(phases)
    stages, more = phases["stages"], (FOLDS, TESTED, LABELS[FOLDS], LABELS[TESTED])
    stages["data"]["cmd"] += f" {' '.join(more)}"
    stages["data"]["outs"] += [{folder: {"persist": True}} for folder in more]
    stages["train"]["deps"][2:2] = [FOLDS, LABELS[FOLDS]]
    stages["evaluate"]["deps"][2:2] = [TESTED, LABELS[TESTED]]
    return phases


def test_phases_that_have_drifted_from_those_of_the_default_study_are_told(tmp_path: Path) -> None:
    text = (SHIPPED[0] / "dvc.yaml").read_text()
    (tmp_path / "dvc.yaml").write_text(text.replace("prune choices runs", "prune runs").replace("evaluations, ", ""))
    assert differences(tmp_path) == ["train.cmd", "report.deps"]
