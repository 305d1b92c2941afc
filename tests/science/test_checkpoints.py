"""A checkpoint as it lies on disk: used where every byte that says something is right, ignored otherwise."""

import functools
import random

import numpy as np
import pytest
import torch
from torch import nn

from pipeline.io.checkpoints import FolderStore
from pipeline.science.checkpoints import Progress, pack, tensors_of, unpack
from pipeline.science.settings import Training
from pipeline.science.training import begin

SETTINGS = Training(batch_size=1, steps=4, learning_rate=0.1, weight_decay=0.0)
IDENTITY = "of this run"


def progress(seed: int) -> Progress:
    """Return a run at step 0, its weights drawn anew."""
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        return begin(nn.Linear(2, 2), SETTINGS)


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> FolderStore:
    """Return a store that keeps a checkpoint after three steps."""
    run = progress(1)
    run.step, run.losses[:3] = 3, torch.tensor([3.0, 2.0, 1.0])
    run.weight_chain.append((3, "ab" * 32))
    store = FolderStore(tmp_path_factory.mktemp("store"), 0.0)
    store.save(pack(run, IDENTITY))
    return store


def resumed(store: FolderStore) -> Progress:
    """Return another run after it was offered what the store has."""
    run = progress(2)
    unpack(run, store.load(), IDENTITY)
    return run


@functools.cache
def drawn(seed: int) -> Progress:
    """Return such a run once, to compare with."""
    return progress(seed)


def is_untouched(run: Progress) -> bool:
    return run.step == 0 and not run.losses.any() and same_weights(run, drawn(2))


def same_weights(run: Progress, other: Progress) -> bool:
    return all(
        np.array_equal(mine, theirs)
        for mine, theirs in zip(tensors_of(run.network).values(), tensors_of(other.network).values(), strict=True)
    )


def test_a_whole_checkpoint_is_used(store: FolderStore) -> None:
    run = resumed(store)
    assert (run.step, run.weight_chain) == (3, [(3, "ab" * 32)])
    assert same_weights(run, drawn(1))


def test_flipping_any_byte_leaves_a_checkpoint_that_is_ignored_or_means_the_same(store: FolderStore) -> None:
    whole = store.path.read_bytes()
    readable = ignored = 0
    for index in range(len(whole)):
        torn = bytearray(whole)
        torn[index] ^= 1 << index % 8
        store.path.write_bytes(torn)
        readable += store.load() is not None
        run = resumed(store)
        untouched = is_untouched(run)
        assert untouched or (run.step == 3 and same_weights(run, drawn(1)))
        ignored += untouched
    store.path.write_bytes(whole)
    assert ignored > 0.95 * len(whole)  # white space, and the names that only the format's reader looks at
    assert readable > 200  # what safetensors reads without complaint: the seal is what refuses it


@pytest.mark.parametrize("kept", [0, 7, 8, 100, -1])
def test_a_truncated_checkpoint_is_ignored(store: FolderStore, kept: int) -> None:
    whole = store.path.read_bytes()
    store.path.write_bytes(whole[:kept])
    assert is_untouched(resumed(store))
    store.path.write_bytes(whole)


def test_garbage_is_ignored(store: FolderStore) -> None:
    whole = store.path.read_bytes()
    for seed in range(50):
        store.path.write_bytes(random.Random(seed).randbytes(100 * seed))
        assert is_untouched(resumed(store))
    store.path.write_bytes(whole)


def test_the_checkpoint_of_another_run_is_ignored(store: FolderStore) -> None:
    run = progress(2)
    unpack(run, store.load(), "of another run")
    assert is_untouched(run)
