"""What no out of DVC holds is not recorded, since a restore would not bring it back."""

import shutil
from pathlib import Path

import pytest
from tests.study import ROOT

from pipeline.base.errors import RecordError
from pipeline.recording import refuse_unkept

FOLD = "repeat-1-fold-2-of-5"
OF_FOLDS = [f"data/{part}/{FOLD}" for part in ("folds", "fold_labels", "tested", "tested_labels")]
HOMES = [
    "data/raw",
    "data/splits",
    "data/validation_labels",
    "data/held_out_labels",
    "choices/full",
    "runs/full/seed-10",
    "evaluations/full/seed-10",
    "results",
]


def beside(folder: Path, phases: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    shutil.copy(phases, folder)
    monkeypatch.chdir(folder)


def test_the_phases_of_the_default_study_hold_all_but_folds(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    beside(tmp_path, ROOT / "dvc.yaml", monkeypatch)
    refuse_unkept(HOMES)
    said = "^dvc.yaml: no phase has data/folds or data/fold_labels or data/tested or data/tested_labels among"
    with pytest.raises(RecordError, match=said):
        refuse_unkept([*HOMES, *OF_FOLDS])


def test_phases_that_name_folds_hold_them(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    beside(tmp_path, ROOT / "studies/tabular/dvc.yaml", monkeypatch)
    refuse_unkept([*HOMES, *OF_FOLDS])


def test_phases_that_cannot_be_read_are_an_error_in_one_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(RecordError, match=r"^dvc.yaml: names no phases"):
        refuse_unkept(HOMES)
