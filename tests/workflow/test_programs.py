"""A model that is a program in C goes through the graph as any other: confined, receipted, verified."""

import json
from pathlib import Path

import pytest
from tests.study import MINIATURE, Study, checkout

from pipeline.io.sandbox import ENFORCED, newest
from pipeline.science.models import c_softmax
from pipeline.science.programs import compiler_version

pytestmark = [pytest.mark.slow, pytest.mark.needs("compiler")]
SOURCE = "src/pipeline/science/models/c_softmax.c"
SEEDS = range(10, 16)
OF_C = {"choices/c_softmax", *(f"runs/c_softmax/seed-{seed}" for seed in SEEDS)}
OF_C_EVALUATED = {f"evaluations/c_softmax/seed-{seed}" for seed in SEEDS}


def with_c(folder: Path) -> Study:
    params = json.loads(json.dumps(MINIATURE))
    params["baselines"] = {"c_softmax": {"model": "c_softmax", "compiler": compiler_version(c_softmax), "epochs": 5}}
    params["search"]["spaces"]["c_softmax"] = {"learning_rate": {"log_uniform": [0.001, 0.1]}}
    del params["search"]["spaces"]["nearest_neighbours"]
    return checkout(folder, params)


def test_a_program_in_c_is_confined_receipted_and_verified_and_an_edit_of_it_reruns_what_it_made(
    tmp_path: Path,
) -> None:
    study = with_c(tmp_path / "study")
    study.pipeline("plan", "--lock")
    study.snakemake()
    receipt = json.loads((study.folder / "runs/c_softmax/seed-10/receipt.json").read_text())
    assert "pipeline.science.models.c_softmax:c_softmax.c" in receipt["code"]["definitions"]
    assert receipt["parameters"]["settings"]["compiler"] == compiler_version(c_softmax)
    if newest():
        observed = json.loads((study.folder / "observed/artefacts/runs__c_softmax__seed-10.json").read_text())
        assert observed["confinement"].startswith(ENFORCED)

    study.dvc("repro")
    study.commit("Build")
    study.pipeline("record")
    assert "identical" in study.verify("--runs", "c_softmax/seed-10").stdout.splitlines()[-1]

    source = study.folder / SOURCE
    source.write_text(source.read_text().replace("1 - (double)epoch / epochs", "1 - 0.9 * (double)epoch / epochs"))
    study.forget()
    said = study.pipeline("status", check=False).stdout
    assert "code pipeline.science.models.c_softmax:c_softmax.c" in said
    study.snakemake()
    assert study.made() == OF_C | OF_C_EVALUATED | {"analysis", "results"}


@pytest.mark.needs("landlock")
def test_a_program_cannot_read_what_its_run_does_not_declare(tmp_path: Path) -> None:
    study = with_c(tmp_path / "study")
    study.snakemake("prepared")
    secret = study.folder / "data" / "held_out" / "held_out.safetensors"
    source = study.folder / SOURCE
    source.write_text(
        source.read_text().replace(
            "static void train(const char *folder, uint64_t seed, size_t epochs, double rate) {",
            "static void train(const char *folder, uint64_t seed, size_t epochs, double rate) {\n"
            f'    if (!fopen("{secret}", "rb")) {{ fprintf(stderr, "refused\\n"); exit(1); }}',
        )
    )
    done = study.snakemake("choices/c_softmax/receipt.json", check=False)
    assert done.returncode
    assert "program: refused" in done.stdout + done.stderr
