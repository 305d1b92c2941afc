"""What the README shows is what happens: each change reruns exactly what it says, and its commands run."""

import json
import re
from collections.abc import Iterable
from pathlib import Path

import pytest
import yaml
from tests.study import DATA, ROOT, Study, copy_of, made_once
from tests.workflow.readme_diffs import (
    PACK,
    README,
    apply,
    blocks,
    change,
    commands,
    default_study,
    diffs,
    shrink,
)

from pipeline.base.params import load_study
from pipeline.science.control_runs import control_runs

SEEDS = range(200, 210)
OF_THE_METHOD = [
    "full",
    "minus_convolution",
    "minus_attention",
    "minus_augmentation",
    "minus_label_smoothing",
    "plus_ema",
]
SEEDED = [*OF_THE_METHOD, "plain_cnn", "mlp", "random_forest"]
REPORTED = {"analysis", "results"}
CONTROLS = {f"runs/{run}" for run in control_runs(load_study(ROOT / "params.yaml"))}
CHANGES = ["hyperparameter", "seed", "variant", "component", "model", "dataset"]
NOT_RUN = {
    "make": "installs from the network",
    "make test": "installs from the network, and would run these tests in themselves",
    "make setup && . .venv/bin/activate": "installs from the network",
    "make reclaim": "installs from the network",
    "pipeline new my-study --data table.csv --target label": "the data are the reader's; see test_own_data.py",
    "cd studies/my-study && snakemake": "the data are the reader's; see test_own_data.py",
    "cd studies/replicate-mnist1d && snakemake": "a whole study, minutes; see test_studies.py",
    "snakemake --profile profiles/slurm --config pack=10": "the cluster is the reader's; see test_slurm.py",
    "git clone https://example.org/your/study.git && cd study": "needs a published study; see test_verifying.py",
    "dvc remote add -d shared ssh://example.org/studies/this": "the remote is the reader's; see test_recording.py",
    "pipeline record --push": "the remote is the reader's; see test_recording.py",
    "pipeline restore": "the remote is the reader's; see test_recording.py",
    "pipeline track mlflow --uri http://localhost:5000": "the server is the reader's; see test_trackers.py",
    "pipeline track wandb": "the tracker is the reader's; see test_trackers.py",
    "pipeline verify": "needs a published study; see test_verifying.py",
    "pipeline verify --sample 3": "needs a published study; see test_verifying.py",
}


def runs(variants: Iterable[str], seeds: Iterable[int] = SEEDS) -> set[str]:
    """Return the homes of runs."""
    numbers = list(seeds)
    return {f"runs/{variant}/seed-{seed}" for variant in variants for seed in numbers}


@pytest.fixture(scope="session")
def small(tmp_path_factory: pytest.TempPathFactory) -> Study:
    """Return the default study with few steps and trials, under a locked plan, built once; not to be changed."""

    def make(folder: Path) -> None:
        study = default_study(folder)
        shrink(study)
        study.commit("Make it small")
        study.pipeline("plan", "--lock")
        study.snakemake(*PACK)

    return made_once(tmp_path_factory, "small", make)


@pytest.fixture
def changed(small: Study, tmp_path: Path) -> Study:
    """Return a copy of the small study, to change."""
    copy = copy_of(small, tmp_path / "study")
    copy.forget()
    return copy


def test_the_readme_shows_one_diff_for_each_change() -> None:
    assert list(diffs()) == CHANGES


@pytest.mark.parametrize("name", CHANGES)
def test_each_diff_applies_to_the_repository_as_it_is(name: str, tmp_path: Path) -> None:
    study = default_study(tmp_path / "study")
    apply(study, diffs()[name], "--check")
    apply(study, diffs()[name])
    study.pipeline("plan")


def test_a_diff_that_does_not_fit_is_noticed(tmp_path: Path) -> None:
    study = default_study(tmp_path / "study")
    with pytest.raises(AssertionError, match="patch does not apply"):
        apply(study, diffs()["seed"].replace("[200, 201,", "[300, 201,"), "--check")


def assert_nothing_held_out(study: Study) -> None:
    """Assert that earlier evaluations are set aside and that results show validation alone."""
    assert list(study.folder.rglob("evaluations/**/receipt.withdrawn.json"))
    assert not list(study.folder.rglob("evaluations/**/receipt.json"))
    metrics = json.loads((study.folder / "results" / "metrics.json").read_text())
    assert metrics["status"] == "exploratory"
    assert "held_out" not in metrics


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("hyperparameter", {"choices/full", *runs(OF_THE_METHOD), *CONTROLS}),
        ("variant", runs(["plus_long_ema"])),
        ("component", runs(["minus_noise"])),
    ],
)
def test_a_change_reruns_exactly_what_it_touches_and_opens_nothing_held_out(
    name: str, expected: set[str], changed: Study
) -> None:
    change(changed, name)
    done = changed.snakemake(*PACK)
    assert changed.made() == expected | REPORTED
    assert "study: exploratory, params.yaml differs from plan/plan.json in " in done.stderr
    assert_nothing_held_out(changed)


@pytest.mark.slow
def test_a_seed_trains_one_run_a_variant_and_taken_back_repeats_nothing(changed: Study) -> None:
    change(changed, "seed")
    changed.snakemake(*PACK)
    assert changed.made() == runs(SEEDED, [210]) | REPORTED
    assert_nothing_held_out(changed)

    changed.git("checkout", "params.yaml")
    changed.forget()
    changed.snakemake(*PACK)
    assert changed.made() == REPORTED
    assert json.loads((changed.folder / "results" / "metrics.json").read_text())["status"] == "confirmatory"


@pytest.mark.slow
def test_a_model_is_selected_and_trained_and_evaluated_once_its_plan_is_locked(changed: Study) -> None:
    change(changed, "model")
    changed.snakemake(*PACK)
    assert changed.made() == {"choices/naive_bayes", "runs/naive_bayes/fixed"} | REPORTED
    assert_nothing_held_out(changed)

    changed.pipeline("plan", "--lock")
    changed.forget()
    changed.snakemake(*PACK)
    assert changed.made() == {"evaluations/naive_bayes/fixed"} | REPORTED


@pytest.mark.slow
def test_another_data_set_is_fetched_and_split_anew(changed: Study) -> None:
    change(changed, "dataset")
    changed.snakemake("prepared", *PACK)
    assert changed.made() == set(DATA)


def test_every_command_of_the_readme_is_run_or_listed_with_the_reason_it_is_not() -> None:
    shown = commands()
    assert {command for command, reason in shown if reason} - {"make clean"} == set(NOT_RUN)
    assert {command for command, reason in shown if not reason} == {
        "pipeline plan",
        "pipeline plan --lock",
        "snakemake",
        "pipeline status",
        "pipeline status --all",
        "pipeline explain results/metrics.json:validation.mean",
        "pipeline diff HEAD workspace",
        "dvc exp run -S method.label_smoothing=0.2",
        "dvc exp show --no-pager --only-changed",
        "git checkout params.yaml dvc.lock && dvc checkout",
    }


@pytest.mark.slow
def test_the_commands_of_the_readme_run_in_their_order(changed: Study) -> None:
    changed.dvc("repro")
    changed.commit("Record the results")
    before = changed.artefacts()
    for command in [command for command, reason in commands() if not reason] + ["make clean"]:
        path = f"{changed.folder / 'bin'}:{Path(yaml.__file__).parents[4] / 'bin'}"
        changed.run("bash", "-ec", f'export PATH="{path}:$PATH"; {command}')
    assert changed.artefacts() == before
    changed.forget()
    changed.snakemake()
    assert changed.made() == set()


def test_the_table_of_the_readme_names_every_variant_of_the_default_study() -> None:
    table = blocks("text")[0].text
    shown = re.findall(r"^(\w+) +1?\d ", table, re.MULTILINE)
    assert shown == [
        *OF_THE_METHOD,
        "plain_cnn",
        "mlp",
        "logistic_regression",
        "nearest_neighbours",
        "random_forest",
        "rbf_svm",
    ]


def test_links_of_the_documents_lead_somewhere() -> None:
    for document in [README, *sorted((ROOT / "docs").glob("*.md"))]:
        for target in re.findall(r"\]\((?!https?:)([^)#]+)\)", document.read_text(encoding="utf-8")):
            assert (document.parent / target).is_file(), f"{document.name}: {target}"


def test_the_picture_of_the_graph_is_the_graph(tmp_path: Path) -> None:
    study = default_study(tmp_path / "study")
    study.pipeline("plan", "--lock")
    drawn = study.snakemake("--rulegraph", "dot").stdout
    picture = (ROOT / "docs" / "graph.svg").read_text(encoding="utf-8")
    rules = set(re.findall(r'label = "(\w+)"', drawn))
    assert rules == set(re.findall(r"<text [^>]*>(\w+)</text>", picture))
    edges = len(re.findall(r"\d+ -> \d+", drawn))
    assert picture.count('class="edge"') == edges


def test_the_documents_speak_of_no_machine() -> None:
    documents = [README, ROOT / "CONTRIBUTING.md", ROOT / "CHANGELOG.md", *(ROOT / "docs").glob("*")]
    for document in documents:
        text = document.read_text(encoding="utf-8")
        assert not re.search(r"/(home|root|tmp|work|Users)/", text), document.name


def test_the_lock_names_no_index() -> None:
    assert "://" not in (ROOT / "requirements.lock").read_text(encoding="utf-8")
