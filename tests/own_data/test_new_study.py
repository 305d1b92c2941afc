import os
import re
import shutil
from pathlib import Path

import pytest
import yaml
from tests.own_data.given import arrays, images, table
from tests.own_data.refused import refused
from tests.study import BESIDE, ROOT
from tests.workflow.test_studies import differences

from pipeline.own_data.new_study import Asked, new_study
from pipeline.workflow import Workflow


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("My-Study", "is no name of a study"),
        ("my_study", "is no name of a study"),
        ("-x", "is no name of a study"),
        ("a" * 41, "at most 40"),
        ("", "is no name of a study"),
        ("../mine", "leads out of studies/"),
        ("sub/mine", "leads out of studies/"),
        ("my\nstudy", "'my\\nstudy': is no name of a study"),
        ("/mine", "leads out of studies/"),
        ("taken", "studies/taken exists"),
    ],
)
def test_a_name_that_cannot_be_taken_is_refused(name: str, said: str, repository: Path, tmp_path: Path) -> None:
    (repository / "studies" / "taken").mkdir(parents=True)
    assert said in refused(repository, Asked(arrays(tmp_path)), name)


def test_a_folder_of_studies_that_leads_elsewhere_is_refused(repository: Path, tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    (repository / "studies").symlink_to(tmp_path / "elsewhere")
    assert "leads out of the repository" in refused(repository, Asked(arrays(tmp_path)))
    assert not list((tmp_path / "elsewhere").iterdir())


def test_outside_a_repository_nothing_is_written(
    repository: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "outside").mkdir()
    monkeypatch.chdir(tmp_path / "outside")
    assert "outside a repository" in refused(tmp_path, Asked(arrays(repository)))


def test_data_of_no_known_kind_are_refused(repository: Path, tmp_path: Path) -> None:
    (tmp_path / "rows.xlsx").write_bytes(b"")
    assert "is none of .csv, .tsv, .parquet, .npz" in refused(repository, Asked(tmp_path / "rows.xlsx"))
    assert "is missing" in refused(repository, Asked(tmp_path / "rows.csv"))


@pytest.mark.parametrize("name", ["d{a} x.csv", "d\n.csv", os.fsdecode(b"d\xe9.csv")])
def test_a_file_whose_name_no_rule_could_state_is_refused(name: str, repository: Path, tmp_path: Path) -> None:
    path = table(tmp_path).rename(tmp_path / name)
    assert "in its name; rename it" in refused(repository, Asked(path, target="diagnosis"))


@pytest.mark.parametrize("kind", ["table", "arrays", "images"])
def test_a_study_has_what_the_others_have_and_explains_its_lines(kind: str, repository: Path, tmp_path: Path) -> None:
    given = {"table": table, "arrays": arrays, "images": images}[kind]
    new_study("mine", Asked(given(tmp_path), target="diagnosis" if kind == "table" else None))  # type: ignore[operator]
    folder = repository / "studies" / "mine"
    assert (folder / "Snakefile").read_text() == BESIDE
    assert (folder / "profiles").readlink() == Path("../../profiles")
    assert differences(folder) == []
    assert "data/source" in yaml.safe_load((folder / "dvc.yaml").read_text())["stages"]["data"]["deps"]
    assert "../../../docs/rigour.md" in (folder / "looks" / "README.md").read_text()
    assert (folder / "plan" / "README.md").is_file()
    text = (folder / "params.yaml").read_text()
    lines = [line for line in text.splitlines() if line and not line.startswith("#")]
    explained = [line for line in lines if " # " in line]
    own = [line for line in lines if re.match(r" {4}|  \w+: \{", line) or line in ("study:", "data:", "search:")]
    plain = ["  precision: float32", "  model: image_network" if kind == "images" else "  model: tabular_mlp"]
    assert [line.rstrip() for line in lines if line not in (*explained, *own) and line.rstrip() not in plain] == []
    study = Workflow.load(folder / "params.yaml").study
    networks = {"image_cnn"} if kind == "images" else set()
    assert {name for name, stated in study.baselines.items() if "steps" in stated} == networks
    assert len(study.seeds.final) == 10
    budgets = {name: len(space) for name, space in study.search.spaces.items()}
    assert set(budgets) == {"method", *study.baselines}
    assert str(tmp_path) not in text


def test_rows_and_budgets_follow_the_stated_rules(repository: Path, tmp_path: Path) -> None:
    chosen = new_study("mine", Asked(arrays(tmp_path), seeds=12))["chosen"]
    assert chosen == {
        "train": 898, "validation": 359, "held_out": 539, "study_seed": 1, "seeds": 12, "batch_size": 64, "steps": 420,
    }  # fmt: skip


def test_a_failure_midway_leaves_nothing(repository: Path, tmp_path: Path) -> None:
    shutil.rmtree(repository / "plan")
    with pytest.raises(FileNotFoundError):
        new_study("mine", Asked(arrays(tmp_path)))
    assert not (repository / "studies").exists()
    assert (ROOT / "plan" / "README.md").is_file()
