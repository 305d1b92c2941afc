"""Verdicts on artefacts: what differs, where it was made, what it rests on, and what is concluded all the same."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from pipeline.base.canonical import file_digest, text_digest
from pipeline.io.dvc import Cache, file_md5
from pipeline.io.files import write_json, write_tensors
from pipeline.io.machine import machine_class
from pipeline.io.receipts import sealed
from pipeline.verifying.judging import Verdict, worst
from pipeline.verifying.rebuilding import Rebuilt
from pipeline.verifying.recorded import Recorded
from pipeline.verifying.scope import everything, of_targets
from pipeline.verifying.weighing import first_difference, weigh

RUN, SCORE = "runs/full/seed-1", "evaluations/full/seed-1"
WEIGHTS = np.array([1.0, 2.0], np.float32)
CONTRAST = {"family": "a", "variant": "b", "claim": "superiority", "finding": "better", "verdict": "supported"}


class Two:
    """A recorded study in this folder and one in a room, each of a run and its evaluation."""

    def __init__(self, room: Path) -> None:
        self.room = room
        self.manifest: dict[str, Any] = {"artefacts": {}, "outs": {}, "conclusions": {"contrasts": [CONTRAST]}}
        for home, value in ((RUN, 0.5), (SCORE, 0.25)):
            self.record(home, value)
            self.rebuild(home, value)
        table = room / "results" / "tables" / "contrasts.csv"
        table.parent.mkdir(parents=True)
        table.write_text(f"{','.join(CONTRAST)}\n{','.join(CONTRAST.values())}\n")

    def record(self, home: str, value: float, machine: dict[str, str] | None = None, **told: Any) -> None:
        files = write(Path(home), home, value, **told)
        observed = {"machine": machine or machine_class()}
        self.manifest["artefacts"][home] = {"receipt": files.pop("receipt.json"), "files": files, "observed": observed}

    def rebuild(self, home: str, value: float, **told: Any) -> None:
        write(self.room / home, home, value, **told)

    def verdicts(
        self, full: bool = True, rebuilt: Rebuilt | None = None, cache: Cache | None = None
    ) -> dict[str, tuple[str, str]]:
        recorded = Recorded("c" * 40, self.manifest, "0")
        recorded.cache = cache
        scope = everything(recorded) if full else of_targets(recorded, [SCORE])
        self.judged = weigh([RUN, SCORE], recorded, self.room, scope, rebuilt or Rebuilt({RUN, SCORE}))
        self.first = first_difference(self.judged, recorded, self.room)
        return {home: (str(found.verdict), found.detail) for home, found in self.judged.items()}


def write(folder: Path, home: str, value: float, seed: int = 1, leaf: int = 1) -> dict[str, str]:
    """Write an artefact and return the digests of its files."""
    write_tensors(folder / "model.safetensors", {"w": WEIGHTS * np.float32(value)})
    write_json(
        folder / "run.json", {"seed": seed, "score": value, "weight_chain": [[10, "a"], [20, text_digest(str(value))]]}
    )
    reads = {"run": {f"{RUN}/receipt.json": str(value)}} if home == SCORE else {"splits": {"rows": "0"}}
    names = ("model.safetensors", "run.json")
    stated = {"artefact": home, "parameters": {"leaf": leaf}, "code": {}, "environment": {}, "reads": reads}
    stated["files"] = {name: file_digest(folder / name) for name in names}
    (folder / "receipt.json").write_text(sealed(stated))
    return {name: file_digest(folder / name) for name in (*names, "receipt.json")}


@pytest.fixture
def two(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Two:
    (tmp_path / "here").mkdir()
    monkeypatch.chdir(tmp_path / "here")
    return Two(tmp_path / "room")


def test_the_same_bytes_are_identical_whatever_machine_made_them(two: Two) -> None:
    two.record(RUN, 0.5, machine={"vendor": "other"})
    assert two.verdicts() == {RUN: ("identical", ""), SCORE: ("identical", "")}
    assert two.first is None


def test_floats_within_rounding_are_close_and_the_rest_of_the_graph_is_judged_by_itself(two: Two) -> None:
    two.rebuild(RUN, 0.5000001)
    verdicts = two.verdicts(full=False)
    assert verdicts[RUN][0] == "close"
    assert verdicts[SCORE][0] == "identical"


def test_other_numbers_diverge_and_the_first_place_and_steps_are_told(two: Two) -> None:
    two.rebuild(RUN, 0.6)
    two.rebuild(SCORE, 0.3)
    verdicts = two.verdicts(full=False)
    assert {verdict for verdict, _ in verdicts.values()} == {"diverged"}
    assert two.first
    assert {key: two.first[key] for key in ("stage", "artefact", "file", "place", "steps")} == {
        "stage": "train", "artefact": RUN, "file": "model.safetensors", "place": "w[0]", "steps": [10, 20],
    }  # fmt: skip


def test_a_full_rebuild_with_the_same_conclusions_is_equivalent(two: Two) -> None:
    two.rebuild(RUN, 0.6)
    assert two.verdicts()[RUN][0] == "equivalent"
    assert two.verdicts(full=False)[RUN][0] == "diverged"
    two.manifest["conclusions"]["contrasts"][0] = {**CONTRAST, "finding": "worse"}
    assert two.verdicts()[RUN][0] == "diverged"
    two.manifest["conclusions"]["contrasts"] = []
    assert two.verdicts()[RUN][0] == "diverged"


def test_where_nothing_was_concluded_no_conclusion_stands(two: Two) -> None:
    two.rebuild(RUN, 0.6)
    two.manifest["conclusions"]["contrasts"] = []
    (two.room / "results/tables/contrasts.csv").write_text(",".join(CONTRAST) + "\n")
    assert two.verdicts()[RUN][0] == "diverged"


@pytest.mark.parametrize("told", [{"seed": 2}, {"leaf": 2}])
def test_what_was_told_other_things_has_diverged_whatever_is_concluded(two: Two, told: dict[str, int]) -> None:
    for value in (0.5, 0.6):
        two.rebuild(RUN, value, **told)
        assert two.verdicts()[RUN][0] == "diverged"


def test_other_bits_of_another_class_of_machine_are_not_comparable_nor_is_what_rests_on_them(two: Two) -> None:
    two.record(RUN, 0.6, machine={**machine_class(), "vendor": "AnotherVendor"})
    two.record(SCORE, 0.3)
    verdicts = two.verdicts()
    assert verdicts[RUN][0] == verdicts[SCORE][0] == "not comparable here"
    assert "vendor: made on AnotherVendor, here " in verdicts[RUN][1]
    assert "relative" in verdicts[RUN][1]
    assert f"rests on {RUN}, which is not comparable here" in verdicts[SCORE][1]


def test_without_the_recorded_bytes_other_bytes_have_diverged_and_it_is_said_why(two: Two) -> None:
    two.rebuild(RUN, 0.5000001)
    (Path(RUN) / "model.safetensors").unlink()
    verdict, detail = two.verdicts(full=False)[RUN]
    assert verdict == "diverged"
    assert "recorded bytes are not at hand" in detail


def test_bytes_that_are_not_the_recorded_ones_any_more_are_compared_with_none(two: Two) -> None:
    two.rebuild(RUN, 0.5000001)
    write_tensors(Path(RUN) / "model.safetensors", {"w": WEIGHTS})
    assert "recorded bytes are not at hand" in two.verdicts(full=False)[RUN][1]


@pytest.mark.parametrize(("spoilt", "is_close"), [(False, True), (True, False)])
def test_bytes_that_only_dvc_keeps_are_compared_where_they_are_undamaged(
    two: Two, tmp_path: Path, spoilt: bool, is_close: bool
) -> None:
    two.rebuild(RUN, 0.5000001)
    here, cache = Path(RUN) / "model.safetensors", Cache(tmp_path / "cache")
    md5 = file_md5(here)
    two.manifest["artefacts"][RUN]["objects"] = {"model.safetensors": md5}
    cache.object(md5).parent.mkdir(parents=True)
    here.rename(cache.object(md5))
    if spoilt:
        write_tensors(cache.object(md5), {"w": WEIGHTS * np.float32(0.5000002)})
    assert (two.verdicts(full=False, cache=cache)[RUN][0] == "close") is is_close


def test_a_file_that_one_side_only_has_has_diverged(two: Two) -> None:
    (two.room / RUN / "more.txt").write_text("made, too")
    assert two.verdicts(full=False)[RUN] == ("diverged", "more.txt: more.txt was not recorded")
    (two.room / RUN / "more.txt").unlink()
    (two.room / RUN / "run.json").unlink()
    assert two.verdicts(full=False)[RUN] == ("diverged", "run.json: run.json was not rebuilt")


def test_another_digest_is_close_only_beside_the_numbers_that_it_follows_from(two: Two) -> None:
    run = two.room / RUN / "run.json"
    write_json(run, {**json.loads(run.read_text()), "weight_chain": [[10, "a"], [20, text_digest("another")]]})
    assert two.verdicts(full=False)[RUN][0] == "diverged"


def test_a_finished_artefact_of_a_pack_that_failed_is_judged_by_its_withdrawn_receipt(two: Two) -> None:
    folder = two.room / RUN
    (folder / "receipt.json").rename(folder / "receipt.withdrawn.json")
    assert two.verdicts(full=False)[RUN] == ("identical", "")


def test_the_same_files_under_a_receipt_that_states_something_else_have_diverged(two: Two) -> None:
    two.rebuild(SCORE, 0.25, leaf=3)
    verdict, detail = two.verdicts()[SCORE]
    assert verdict == "diverged"
    assert "same files; receipt: parameters.leaf (1 → 3)" in detail


def test_what_was_not_rebuilt_says_why(two: Two) -> None:
    failed = Rebuilt({RUN}, {SCORE: "MemoryError"})
    assert two.verdicts(rebuilt=failed)[SCORE] == ("not verifiable", "was not rebuilt: MemoryError")
    failed = Rebuilt({RUN}, {SCORE: "params.yaml asks for compute.device: cuda, and this machine has no usable"})
    assert two.verdicts(rebuilt=failed)[SCORE][0] == "not comparable here"
    assert two.verdicts(rebuilt=Rebuilt({RUN}))[SCORE][0] == "diverged"


def test_the_overall_verdict_is_the_worst_and_nothing_at_all_is_not_verifiable() -> None:
    assert worst([Verdict.IDENTICAL, Verdict.CLOSE, Verdict.EQUIVALENT]) is Verdict.EQUIVALENT
    assert worst([Verdict.NOT_COMPARABLE, Verdict.DIVERGED, Verdict.NOT_VERIFIABLE]) is Verdict.DIVERGED
    assert worst([]) is Verdict.NOT_VERIFIABLE
