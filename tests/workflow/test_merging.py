"""Two people add a variant each; the second one merges by the commands that docs/share.md states."""

import json
import re
import shutil
from pathlib import Path

import pytest
from tests.study import ROOT, Study

pytestmark = pytest.mark.slow
MERGE = re.compile(r"<!-- run: merge -->\n```sh\n(.*?)```", re.DOTALL)


def commands() -> list[str]:
    """Return the commands that the page states for a merge."""
    (block,) = MERGE.findall((ROOT / "docs" / "share.md").read_text())
    return [line.partition("#")[0].strip() for line in block.splitlines() if line.strip()]


def cloned(origin: Path, folder: Path, name: str) -> Study:
    """Return a restored clone that belongs to a person."""
    clone = Study(folder / name)
    clone.folder.mkdir()
    clone.git("clone", "-q", str(origin), ".")
    clone.git("config", "user.name", name)
    clone.git("config", "user.email", f"{name}@example.org")
    clone.pipeline("restore")
    return clone


def worked_on(study: Study, section: str, entries: dict[str, dict[str, int]]) -> set[str]:
    """State a section of params.yaml, build and record it; return what was made."""
    study.change(section, entries)
    study.commit(f"Add to {section}")
    study.snakemake()
    study.pipeline("record", "--push")
    return study.made()


def test_two_variants_merge_into_a_study_with_both_and_nothing_is_trained_again(tracked: Study, tmp_path: Path) -> None:
    tracked.dvc("remote", "add", "-d", "shared", str(tmp_path / "remote"))
    tracked.commit("Name the remote")
    tracked.pipeline("record", "--push")
    origin = tmp_path / "origin.git"
    tracked.git("clone", "-q", "--bare", str(tracked.folder), str(origin))
    ada, bob = (cloned(origin, tmp_path, name) for name in ("ada", "bob"))
    before = {path.name for path in (bob.folder / "looks").iterdir()}

    hers = worked_on(ada, "components", {"leaves": {"min_samples_leaf": 9}, "small_leaves": {"min_samples_leaf": 30}})
    ada.git("push", "-q")
    his = worked_on(bob, "variants", {"plus_leaves": {"min_samples_leaf": 3}})
    assert {home for home in hers if home.startswith("runs/")} == {f"runs/minus_leaves/seed-{n}" for n in range(10, 16)}
    assert {home for home in his if home.startswith("runs/")} == {f"runs/plus_leaves/seed-{n}" for n in range(10, 16)}

    bob.forget()
    first, *rest = commands()
    assert first == "git pull --no-rebase"
    assert bob.run(*first.split(), check=False).returncode == 1
    conflicts = bob.git("diff", "--name-only", "--diff-filter=U").split()
    assert conflicts == ["dvc.lock", "manifest.json"]
    refused = bob.pipeline("record", check=False)
    assert refused.returncode == 1
    for command in rest:
        program, *arguments = command.split()
        run = {"git": bob.git, "snakemake": bob.snakemake, "pipeline": bob.pipeline, "dvc": bob.dvc}[program]
        run(*arguments)
    assert bob.made() == {"analysis", "results"}
    variants = set(json.loads((bob.folder / "manifest.json").read_text())["artefacts"])
    assert {f"runs/{name}/seed-10" for name in ("minus_leaves", "plus_leaves")} <= variants
    assert json.loads(bob.pipeline("status", "--json").stdout)["record"]["recorded"]
    assert before <= {path.name for path in (bob.folder / "looks").iterdir()}
    bob.git("push", "-q")

    shutil.rmtree(ada.folder / ".dvc" / "cache")
    ada.git("pull", "-q")
    ada.forget()
    ada.pipeline("restore")
    assert "Nothing to be done" in ada.snakemake("-n").stderr
    assert ada.artefacts() == bob.artefacts()
