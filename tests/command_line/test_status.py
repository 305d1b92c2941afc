"""The state of a study in a few lines: what stands, each cause once, and no green exit over anything that ails."""

import json
from pathlib import Path
from typing import Any

import pytest
from tests.certificates.rebuilds import git
from tests.command_line.stated import state_miniature

from pipeline.base.errors import PipelineError
from pipeline.io.dvc import Cache, file_md5
from pipeline.io.files import write_json
from pipeline.io.runs import held
from pipeline.judged_claims import claims_here, contrasts_here
from pipeline.status import SHOWN, cache_faults, caused, is_clean, outcome_of_controls, render, status

LOOKS: dict[str, Any] = {
    "configurations": 2, "plans": 1, "standing": "confirmatory", "deviations": [], "seen_otherwise": [],
    "removed": {}, "elsewhere": [], "other_studies": 0,
}  # fmt: skip
EVENT = {"step": "train", "artefact": "runs/a", "file": "run.json", "now": "1", "before": "2", "told_by": "here"}
VALID = {"state": "valid", "reason": "", "step": "report"}
MISSING = {"state": "missing", "reason": "not made yet", "step": "report"}
SOUND: dict[str, Any] = {
    "study": "full against 2 others",
    "steps": {"fetch": {"valid": 1}, "resample": {"valid": 0}, "train": {"valid": 2, "stale": 1}},
    "artefacts": {"results": VALID},
    "environment": [],
    "controls": "passed",
    "record": {"recorded": True, "reason": "recorded at c0ffee"},
    "held_out": LOOKS,
    "claims": {},
    "machines": {},
    "nondeterminism": [],
    "megabytes": {"runs": 1.4, "results": 0.4},
}


@pytest.mark.parametrize(
    "ailing",
    [
        {"artefacts": {"results": VALID, "runs/a": MISSING}},
        {"nondeterminism": [EVENT]},
        {"record": {"recorded": True, "reason": "", "cache": ["runs/a: is damaged"]}},
        {"controls": "failed: shuffled_labels"},
        {"claims": {"helps": {"sentence": "", "verdict": "not supported", "recorded": None}}},
        {"held_out": {**LOOKS, "removed": {"looks/a.json": "Git's history"}}},
    ],
    ids=["artefacts", "nondeterminism", "cache", "controls", "claims", "looks"],
)
def test_a_study_is_clean_only_where_nothing_ails(ailing: dict[str, Any]) -> None:
    assert is_clean(SOUND)
    assert is_clean({**SOUND, "record": {"recorded": False, "reason": "", "cache": []}})
    assert not is_clean({**SOUND, **ailing})


def test_a_sound_study_is_told_in_few_lines() -> None:
    assert render(SOUND).splitlines() == [
        "study: confirmatory, full against 2 others",
        "graph: fetch 1/1 → train 2/3",
        "       1 valid",
        "controls: passed",
        "record: recorded at c0ffee",
        "held-out: seen by 2 configurations, under 1 plan (looks/)",
        "disk: 2 MB of artefacts",
    ]


def test_whatever_ails_is_told() -> None:
    stale = {"state": "stale", "reason": "parameters.seed (1 → 2)", "step": "train"}
    follow = {"state": "stale", "reason": "rests on runs/a", "step": "report"}
    found = {
        **SOUND,
        "artefacts": {"analysis": follow, "runs/a": stale, "runs/b": stale, "runs/c": stale, "results": MISSING},
        "environment": ["numpy is 1, locked 2"],
        "controls": "failed: shuffled_labels",
        "record": {"recorded": True, "reason": "recorded at c0ffee", "cache": ["runs/a: is damaged"]},
        "machines": {name: {"fields": {"vendor": name}, "artefacts": 1} for name in ("A", "B")},
        "nondeterminism": [EVENT] * (SHOWN + 2),
        "held_out": {**LOOKS, "removed": {"looks/a.json": "Git's history"}},
    }
    said = render(found).splitlines()
    assert said[2:8] == [
        "       4 stale, 1 missing",
        "stale:",
        "  runs/a, runs/b and 1 more: parameters.seed (1 → 2)",
        "  analysis: rests on runs/a",
        "missing:",
        "  results: not made yet",
    ]
    for line in (
        "environment: numpy is 1, locked 2; run `make setup`",
        "controls: failed: shuffled_labels; every finding is invalid, see results/report.html",
        "cache: runs/a: is damaged",
        "nondeterminism: and 2 more (--json lists all)",
        "removed: looks/a.json, which Git's history names",
    ):
        assert line in said
    assert any(line.startswith("machines: 2 classes of machine") for line in said)
    assert said[-2].startswith("next: make its code deterministic")
    assert said[-1] == "next: `snakemake` makes what is not valid, and nothing else"


def test_of_many_causes_the_first_are_shown_and_the_others_counted() -> None:
    artefacts = {f"runs/{number:02}": {**MISSING, "reason": str(number)} for number in range(SHOWN + 3)}
    assert caused("missing", artefacts)[-1] == "  and 3 more causes (--json lists all)"
    assert caused("stale", artefacts) == []


def test_while_a_run_is_at_work_there_is_no_state_to_tell(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    with held(), pytest.raises(PipelineError, match="a snakemake is at work in this folder; follow it with --watch"):
        status(deep=False)


def test_controls_claims_and_contrasts_are_told_only_of_valid_results(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    claims = {"helps": {"sentence": "Leaves help.", "family": "ablation", "requires": "all"}}
    workflow = state_miniature(claims=claims)
    write_json(Path("analysis/metrics.json"), {"controls": {"outcome": "passed"}})
    write_json(Path("results/metrics.json"), {"claims": {"helps": "supported"}})
    Path("results/tables").mkdir()
    Path("results/tables/contrasts.csv").write_text("variant,verdict\na,supported\nb,inconclusive\nc,supported\n")
    manifest = {"conclusions": {"metrics": {"claims": {"helps": "inconclusive"}}}, "artefacts": {}, "format": 1}
    others = dict.fromkeys(("choices", "commit", "machines", "outs", "plan", "sources"))
    write_json(Path("manifest.json"), {**manifest, **others})

    told = {"sentence": "Leaves help.", "verdict": "supported", "recorded": "inconclusive"}
    valid = {"results": VALID, "analysis": VALID}
    assert outcome_of_controls(valid) == "passed"
    assert contrasts_here(valid) == {"inconclusive": 1, "supported": 2}
    assert claims_here(workflow, valid) == {"helps": told}
    for artefacts in ({}, {"results": MISSING, "analysis": MISSING}):
        assert outcome_of_controls(artefacts) == "not judged yet"
        assert contrasts_here(artefacts) == {}
        assert claims_here(workflow, artefacts) == {"helps": {**told, "verdict": "not judged"}}


def test_each_recorded_object_that_the_cache_lacks_or_has_damaged_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    git("init", "-q")
    Path(".dvc").mkdir()
    Path(".dvc/config").write_text("")
    cache, objects = Cache(tmp_path / ".dvc" / "cache"), {}
    for name in ("good", "damaged", "gone", "list"):
        listing = [{"md5": md5, "relpath": kept} for kept, md5 in objects.items()]
        Path(name).write_text(json.dumps(listing) if name == "list" else name)
        objects[name] = file_md5(Path(name)) + (".dir" if name == "list" else "")
        cache.object(objects[name]).parent.mkdir(parents=True, exist_ok=True)
        Path(name).rename(cache.object(objects[name]))
    cache.object(objects["damaged"]).write_text("spoilt")
    cache.object(objects["gone"]).unlink()
    assert cache_faults({"runs": objects["list"], "results": f"{'0' * 32}.dir"}) == [
        "results: the list of its files is not in the cache",
        "runs/damaged: is damaged",
        "runs/gone: is not in the cache",
    ]
