"""Training: one path for every neural variant, seed and device."""

import copy
import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

import numpy as np
import torch
import torch.nn.functional as F  # noqa: N812 (the field's name for it)
from numpy.typing import NDArray
from torch import Tensor, nn

from pipeline.base.errors import ParameterError
from pipeline.base.seeds import derive, generator
from pipeline.science.checkpoints import (
    Arrays,
    CheckpointStore,
    CurvePoint,
    Progress,
    arrays_digest,
    load_tensors,
    pack,
    tensors_of,
    unpack,
)
from pipeline.science.devices import deterministic
from pipeline.science.initialisation import Seeds, initialise
from pipeline.science.optimiser import AdamW, learning_rate
from pipeline.science.settings import Compute, Training
from pipeline.science.training_data import TrainingData

CHAIN_EVERY = 100
PREDICTED_AT_ONCE = 1000
CPU = Compute()


@dataclass(frozen=True)
class FitResult:
    """A trained model and how it came about; the same bytes wherever and however often it was interrupted.

    A run whose loss or weights stop being finite has the outcome "diverged": its predictions are -1, and its curve ends
    at the last point before. `predicted_along` int64 [n] are the predictions at each point of the curve.
    """

    outcome: Literal["finished", "diverged"]
    diverged_at_step: int | None
    tensors: Arrays
    weights_sha256: str
    weight_chain: list[tuple[int, str]]
    curve: list[CurvePoint]
    validation_predicted: NDArray[np.int64]
    predicted_along: list[NDArray[np.int64]]


def fit(
    network: nn.Module,
    settings: Training,
    data: TrainingData,
    seeds: Seeds,
    compute: Compute = CPU,
    checkpoints: CheckpointStore | None = None,
) -> FitResult:
    """Train a network from its named initial weights, or on from the checkpoint of this very run.

    Raises DeviceError for a device that is not there and ParameterError for a batch larger than the data.
    """
    with deterministic(compute) as (device, dtype):
        initialise(network, seeds)
        network = network.to(device, dtype).train()
        progress = begin(network, settings)
        identity = digest_of(settings, data, seeds, compute)
        unpack(progress, checkpoints.load() if checkpoints else None, identity)
        validation_x = torch.from_numpy(data.validation_x).to(device, dtype)
        parameters, diverged, predicted = progress.optimiser.parameters, None, None

        for step, x, y in batches(settings, data, seeds, progress.step, device, dtype):
            seed_module_noise(seeds, step, device)
            loss = F.cross_entropy(network(x), y, label_smoothing=settings.label_smoothing)
            progress.optimiser.step(torch.autograd.grad(loss, parameters), learning_rate(step, settings))
            progress.losses[step] = loss.detach()
            progress.step = step + 1
            if settings.ema:
                average(progress, settings.ema)
            if due(progress.step, settings.curve_every, settings.steps):
                predicted = predictions(progress.averaged, validation_x)
                if (diverged := first_not_finite(progress)) is not None:
                    break
                progress.curve.append(curve_point(progress))
                progress.predicted_along.append(predicted)
            if due(progress.step, CHAIN_EVERY, settings.steps):
                progress.weight_chain.append((progress.step, link(progress)))
            if checkpoints and checkpoints.due(progress.step):
                checkpoints.save(pack(progress, identity))

        if predicted is None:  # the checkpoint was of the last step
            predicted = predictions(progress.averaged, validation_x)
        return result(progress, data, predicted, diverged)


def begin(network: nn.Module, settings: Training) -> Progress:
    """Return a run at step 0."""
    parameters = list(network.parameters())
    averaged = copy.deepcopy(network) if settings.ema else network
    losses = torch.zeros(settings.steps, dtype=parameters[0].dtype, device=parameters[0].device)
    return Progress(network, averaged, AdamW(parameters, settings.weight_decay), losses)


def batches(
    settings: Training, data: TrainingData, seeds: Seeds, start: int, device: torch.device, dtype: torch.dtype
) -> Iterator[tuple[int, Tensor, Tensor]]:
    """Yield (step, x, y) from step `start` on; order and augmentation follow from the epoch's number alone.

    Where the batch size does not divide the examples, the last ones of an epoch's order sit it out. An epoch is on the
    device as a whole: a copy a step would make a GPU wait.
    """
    per_epoch = len(data.train_y) // settings.batch_size
    if per_epoch == 0:
        problem = f"is {settings.batch_size}, more than the {len(data.train_y)} training examples"
        raise ParameterError("params.yaml", "batch_size", problem, "state a smaller batch")
    for epoch in range(start // per_epoch, -(-settings.steps // per_epoch)):
        order = generator(seeds.study, "order", seeds.order, epoch).permutation(len(data.train_y))
        chosen = order[: per_epoch * settings.batch_size]
        stream = (seeds.study, "augmentation", seeds.augmentation, epoch)
        x = torch.from_numpy(settings.augmented(data.train_x[chosen], *stream)).to(device, dtype)
        y = torch.from_numpy(data.train_y[chosen]).to(device)
        first = epoch * per_epoch
        for step in range(max(start, first), min(settings.steps, first + per_epoch)):
            rows = slice((step - first) * settings.batch_size, (step - first + 1) * settings.batch_size)
            yield step, x[rows], y[rows]


def seed_module_noise(seeds: Seeds, step: int, device: torch.device) -> None:
    """Seed what a module such as dropout draws from by (seed, step), so that no generator needs saving."""
    seed = derive(seeds.study, "modules", seeds.augmentation, step) >> 65
    torch.default_generator.manual_seed(seed)
    if device.type == "cuda":
        torch.cuda.manual_seed(seed)


def due(step: int, every: int, steps: int) -> bool:
    """Say whether something done every so many steps, and at the end, is done after `step` of them."""
    return step % every == 0 or step == steps


def average(progress: Progress, decay: float) -> None:
    """Move the averaged weights and batch-norm statistics towards the network's.

    A plain mean of the first steps, until 1 / step falls below 1 - decay: no trace of the initial weights.
    """
    towards = max(1 - decay, 1 / progress.step)
    for mean, now in zip(progress.averaged.state_dict().values(), progress.network.state_dict().values(), strict=True):
        if mean.is_floating_point():
            mean.lerp_(now, towards)
        else:
            mean.copy_(now)


def predictions(network: nn.Module, x: Tensor) -> NDArray[np.int64]:
    """Return labels int64 [n] of x [n, *features] in evaluation mode, then return to training mode."""
    network.eval()
    with torch.no_grad():
        labels = [network(part).argmax(-1) for part in torch.split(x, PREDICTED_AT_ONCE)]
    network.train()
    return torch.cat(labels).cpu().numpy()


def first_not_finite(progress: Progress) -> int | None:
    """Return the first step, from 1, known to have left a loss or weight not finite; None where all are."""
    bad = (~torch.isfinite(progress.losses)).nonzero()
    if len(bad):
        return int(bad[0]) + 1
    tensors = [*progress.network.state_dict().values(), *progress.averaged.state_dict().values()]
    return None if all(bool(torch.isfinite(tensor).all()) for tensor in tensors) else progress.step


def curve_point(progress: Progress) -> CurvePoint:
    """Return a point of the curve: the mean loss since the last point."""
    since = progress.curve[-1].step if progress.curve else 0
    loss = float(progress.losses[since : progress.step].double().mean())
    return CurvePoint(progress.step, loss)


def link(progress: Progress) -> str:
    """Return the next hash of the chain: sha256 over the last one, the step and the weights."""
    last = progress.weight_chain[-1][1] if progress.weight_chain else ""
    return hashlib.sha256(f"{last}{progress.step}{arrays_digest(tensors_of(progress.network))}".encode()).hexdigest()


def digest_of(settings: Training, data: TrainingData, seeds: Seeds, compute: Compute) -> str:
    """Return a digest of everything a run is made of, which its checkpoint must match."""
    state = hashlib.sha256(f"{type(settings).__module__}{settings!r}{seeds}{compute!r}".encode())
    state.update(arrays_digest(vars(data)).encode())
    return state.hexdigest()


def result(progress: Progress, data: TrainingData, last: NDArray[np.int64], diverged: int | None) -> FitResult:
    """Return what a run came to, given the last predictions of validation labels."""
    tensors = tensors_of(progress.averaged)
    finished = diverged is None
    predicted = last if finished else np.full(len(data.validation_x), -1)
    return FitResult(
        outcome="finished" if finished else "diverged",
        diverged_at_step=diverged,
        tensors=tensors,
        weights_sha256=arrays_digest(tensors),
        weight_chain=progress.weight_chain,
        curve=progress.curve,
        validation_predicted=predicted.astype(np.int64),
        predicted_along=progress.predicted_along,
    )


def predict(network: nn.Module, tensors: Arrays, x: NDArray[np.float32], compute: Compute = CPU) -> NDArray[np.int64]:
    """Return labels int64 [n] of x [n, *features] from saved tensors; raise DataError where they misfit."""
    with deterministic(compute) as (device, dtype):
        network = network.to(device, dtype)
        load_tensors(network, tensors)
        return predictions(network, torch.from_numpy(x).to(device, dtype))
