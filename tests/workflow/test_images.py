"""A miniature study on real images, from files that are given: its bytes, a damaged file, a missing device."""

import gzip
import shutil
from pathlib import Path
from typing import Any

import pytest
from tests.science.test_fashion_mnist import DIGEST
from tests.study import MINIATURE, Study, checkout

from pipeline.science.datasets import fashion_mnist

SOURCE = "data/source/fashion-mnist"
MINIATURE_OF_IMAGES: dict[str, Any] = {
    **MINIATURE,
    "data": {
        "name": "fashion_mnist",
        "source": SOURCE,
        "sha256": DIGEST,
        "train": 400,
        "validation": 200,
        "held_out": 10000,
    },
    "method": {
        "model": "image_network",
        "stem": "conv",
        "mixer": "attention",
        "augmentation": ["crop", "flip"],
        "batch_size": 50,
        "steps": 24,
    },
    "components": {"attention": {"mixer": "none"}},
    "baselines": {},
    "families": {"ablation": MINIATURE["families"]["ablation"]},
    "search": {
        "trials": 1,
        "spaces": {"method": {"learning_rate": {"log_uniform": [0.01, 0.02]}, "weight_decay": {"choice": [0.01]}}},
    },
}
RUNS = ("runs/full/seed-11", "runs/minus_attention/seed-12")


@pytest.fixture
def images(tmp_path: Path) -> Study:
    """Return a checkout with the miniature, its plan not locked, and the published files in it."""
    study = checkout(tmp_path / "study", MINIATURE_OF_IMAGES)
    (study.folder / SOURCE).mkdir(parents=True)
    for name in fashion_mnist.FILES:
        shutil.copy(fashion_mnist.packaged(name), study.folder / SOURCE)
    return study


@pytest.mark.needs("images")
@pytest.mark.slow
def test_a_study_on_real_images_has_the_same_bytes_in_other_packs_and_names_a_device_that_is_not_there(
    images: Study,
) -> None:
    images.pipeline("plan", "--lock")
    images.snakemake()
    before = images.artefacts()
    assert images.pipeline("status", check=False).returncode == 0
    raw = images.pipeline("explain", "data/raw").stdout
    assert all(f"{SOURCE}/{name}.gz" in raw for name in fashion_mnist.FILES)

    for run in RUNS:
        shutil.rmtree(images.folder / run)
    images.forget()
    images.snakemake("--config", "pack=1")
    assert images.made() >= set(RUNS)
    assert images.artefacts() == before

    images.change("compute.device", "cuda")
    refused = images.snakemake("choices/full/receipt.json", check=False, CUDA_VISIBLE_DEVICES="")
    assert refused.returncode
    assert "this machine has no usable CUDA device; run it where there is one" in refused.stdout + refused.stderr


@pytest.mark.needs("images")
@pytest.mark.slow
def test_a_damaged_file_is_refused_by_name_and_so_is_one_that_is_missing(images: Study) -> None:
    path = images.folder / SOURCE / "t10k-labels-idx1-ubyte.gz"
    whole = path.read_bytes()
    content = bytearray(gzip.decompress(whole))
    content[-1] ^= 1
    path.write_bytes(gzip.compress(content))
    refused = images.snakemake("prepared", check=False)
    assert refused.returncode
    assert f"{SOURCE}/t10k-labels-idx1-ubyte.gz: has the sha256" in refused.stdout + refused.stderr
    assert not (images.folder / "data" / "raw").exists()

    path.unlink()
    refused = images.snakemake("prepared", check=False)
    assert f"data.source: {SOURCE}/t10k-labels-idx1-ubyte.gz is missing; restore it" in refused.stderr
    path.with_suffix("").write_bytes(gzip.decompress(whole))
    images.snakemake("prepared")
    assert (images.folder / "data" / "held_out" / "receipt.json").is_file()
