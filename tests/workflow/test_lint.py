"""What Snakemake's own linter says of the Snakefile."""

from pathlib import Path

import pytest
from tests.study import ROOT, Study, checkout

DEPLOYMENT = "Specify a conda environment or container for each rule.:"  # the lock pins one environment for all
INDEX = "Do not access input and output files individually by index in shell commands:"  # a job goes by its first


def complaints(study: Study) -> set[str]:
    """Return the titles of all lints."""
    said = study.snakemake("--lint", check=False).stderr
    return {line.removeprefix("    * ") for line in said.splitlines() if line.startswith("    * ")}


def test_the_linter_finds_nothing_but_that_one_locked_environment_serves_every_rule(tmp_path: Path) -> None:
    assert complaints(checkout(tmp_path / "study")) <= {DEPLOYMENT, INDEX}


def test_a_rule_without_a_log_is_found(tmp_path: Path) -> None:
    study = checkout(tmp_path / "study")
    snakefile = study.folder / "Snakefile"
    snakefile.write_text(snakefile.read_text().replace('    log:\n        "logs/fetch.log",\n', ""))
    assert complaints(study) > {DEPLOYMENT, INDEX}


def test_the_snakefile_is_one_file_without_functions_of_its_own() -> None:
    text = (ROOT / "Snakefile").read_text()
    assert "\ndef " not in text
    assert "include:" not in text


@pytest.mark.parametrize("size", ["0", "abc", "-3", "1.5"])
def test_a_pack_of_no_size_is_refused_in_one_line(size: str, tmp_path: Path) -> None:
    done = checkout(tmp_path / "study").snakemake("-n", "--config", f"pack={size}", check=False)
    assert done.returncode
    assert f"pipeline: config: pack: is {size}; state a whole number of runs" in done.stderr
