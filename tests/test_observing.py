"""The observed page tells costs of the receipts that lie here, classes of machine, and what was not confined."""

import json
from pathlib import Path
from typing import Any

import pytest

from pipeline.base.canonical import file_digest
from pipeline.io.jobs import OBSERVED
from pipeline.observing import (
    PAGE,
    UNKNOWN,
    caution,
    classes,
    confinement,
    facts,
    groups,
    mixture,
    render_page,
    table,
)
from tests.certificates.rebuilds import record
from tests.io.toy import FIRST, PACK, Toy, receipt

A, B = PACK
HERE = {"architecture": "x86_64", "instructions": "sse4_2 avx2", "vendor": "V"}
THERE = {**HERE, "instructions": "sse4_2 avx512f"}


def fact(wall: float = 1.0, machine: dict[str, str] = HERE, **more: Any) -> dict[str, Any]:
    """Return what was noted of an artefact."""
    return {"wall_seconds": wall, "cpu_seconds": 2 * wall, "peak_memory_mb": 9.0, "machine": machine, **more}


@pytest.fixture
def toy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Toy:
    """Return a toy graph that is made."""
    monkeypatch.chdir(tmp_path)
    return Toy().write().build()


def test_what_was_noted_of_a_receipt_counts_while_that_receipt_lies_there(toy: Toy) -> None:
    assert set(facts()) == {FIRST, *PACK}
    assert facts()[A].keys() >= {"wall_seconds", "cpu_seconds", "peak_memory_mb", "machine", "confinement"}
    Path(receipt(A)).write_text(Path(receipt(A)).read_text() + "\n")
    assert set(facts()) == {FIRST, B}


def test_of_a_withdrawn_receipt_what_was_noted_counts_only_where_its_artefact_is_named(toy: Toy) -> None:
    Path(receipt(A)).rename(Path(A) / "receipt.withdrawn.json")
    assert set(facts()) == {FIRST, B}
    assert set(facts([A, "runs/nothing"])) == {A}


def test_where_nothing_was_noted_here_the_manifest_tells_of_the_same_receipt(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    manifest = record()
    Path("analysis").mkdir()
    Path(receipt("analysis")).write_text("{}")
    about = {**manifest["artefacts"]["analysis"], "receipt": file_digest(Path(receipt("analysis")))}
    manifest["artefacts"] = {"analysis": {**about, "observed": fact()}, "results": {**about, "observed": fact()}}
    Path("manifest.json").write_text(json.dumps(manifest))
    assert facts() == {"analysis": {**fact(), "confinement": UNKNOWN}}


def test_costs_have_a_row_for_each_step_and_variant_with_medians_and_totals() -> None:
    known = {"data/raw": fact(), "runs/full/seed-1": fact(1), "runs/full/seed-2": fact(2), "runs/full/seed-3": fact(6)}
    first, runs = table(known)
    assert list(groups(known)) == ["data/raw", "runs/full"]
    assert (first["artefacts"], first["n"], first["gpu_joules"]) == ("data/raw", 1, None)
    assert runs == {
        "artefacts": "runs/full", "n": 3, "wall_seconds": 2, "cpu_seconds": 4, "peak_memory_mb": 9.0,
        "total_cpu_seconds": 18, "estimated_joules": 180.0, "package_joules": None, "peak_gpu_memory_mb": None,
        "gpu_utilisation_percent": None, "gpu_joules": None,
    }  # fmt: skip


def test_what_a_gpu_tells_is_the_median_of_those_that_used_one_and_a_sum_only_of_all() -> None:
    known = {
        "runs/full/seed-1": fact(peak_gpu_memory_mb=100.0, gpu_joules=5.0),
        "runs/full/seed-2": fact(peak_gpu_memory_mb=300.0, gpu_joules=7.0),
        "runs/forest/seed-1": fact(),
    }
    full, forest = table(known)
    assert (full["peak_gpu_memory_mb"], full["gpu_joules"]) == (200.0, 12.0)
    assert (forest["peak_gpu_memory_mb"], forest["gpu_joules"]) == (None, None)
    assert table({**known, "runs/full/seed-3": fact()})[0]["gpu_joules"] is None


def test_classes_of_machine_are_counted_and_their_difference_is_said_in_words_that_not_all_have() -> None:
    known = {"runs/a/1": fact(), "runs/a/2": fact(machine=THERE), "runs/a/3": fact(machine=THERE)}
    told = classes(known)
    assert sorted(about["artefacts"] for about in told.values()) == [1, 2]
    here, there = sorted(told, key=lambda name: told[name]["artefacts"])
    said = mixture(told) or ""
    assert said.startswith("2 classes of machine (")
    assert f"{here} has avx2" in said
    assert f"{there} has avx512f" in said
    assert "sse4_2" not in said
    assert "vendor" not in said
    assert mixture(classes({"runs/a/1": fact()})) is None


def test_a_caution_goes_with_statistics_where_runs_are_mixed_and_not_where_other_artefacts_are() -> None:
    runs = {"runs/full/seed-1": fact(), "evaluations/full/seed-1": fact()}
    assert caution({**runs, "analysis": fact(machine=THERE)}) is None
    said = caution({**runs, "runs/full/seed-2": fact(machine=THERE)}) or ""
    assert said.startswith("Statistics here are over runs of 2 classes of machine (")
    assert said.endswith("bits may differ between classes.")


def test_only_what_the_kernel_confined_is_counted_as_confined_and_the_others_say_why() -> None:
    known = {
        "runs/a": fact(confinement="landlock abi 7"),
        "runs/b": fact(confinement="not enforced: this kernel has no Landlock"),
        "runs/c": fact(confinement=UNKNOWN),
    }
    assert confinement(known) == {
        "confined": 1,
        "artefacts": 3,
        "others": {"not enforced: this kernel has no Landlock": 1, UNKNOWN: 1},
    }


def test_the_page_shows_what_was_not_confined_the_looks_and_the_costs_and_a_file_has_them_as_json(toy: Toy) -> None:
    render_page(["held-out: seen by 1 configuration <b>"])
    page = PAGE.read_text()
    assert (
        "Confined by the kernel to what they declare: 0 of 3; 3 not enforced: made in a process that is open." in page
    )
    assert "<li>held-out: seen by 1 configuration &lt;b&gt;</li>" in page
    assert "Statistics here are over runs" not in page
    costs = json.loads((OBSERVED / "costs.json").read_text())
    assert [row["artefacts"] for row in costs] == [FIRST, A, B]
    assert all(f"<tr><td>{row['artefacts']}</td><td>{row['n']}</td>" in page for row in costs)
