"""Everything a run needs to go on from a step, as arrays; where they are kept is the caller's affair."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple, Protocol

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from pipeline.base.errors import DataError
from pipeline.science.optimiser import AdamW

Arrays = dict[str, NDArray[Any]]
SEAL = "seal"


class CheckpointStore(Protocol):
    """Keeps at most one checkpoint of one run."""

    def load(self) -> Arrays | None:
        """Return the checkpoint, or None where there is none that can be read."""

    def save(self, arrays: Arrays) -> None:
        """Keep a checkpoint instead of the one before it, whole or not at all."""

    def due(self, step: int) -> bool:
        """Say whether to save after `step` steps: the caller's policy, by steps or by the clock."""


class CurvePoint(NamedTuple):
    """The mean training loss since the point before, after `step` steps."""

    step: int
    training_loss: float


@dataclass
class Progress:
    """A run under way. `averaged` is the network itself unless an average of the weights is kept.

    `predicted_along` are its predictions of validation, int64 [n], at each point of the curve.
    """

    network: nn.Module
    averaged: nn.Module
    optimiser: AdamW
    losses: Tensor
    step: int = 0
    curve: list[CurvePoint] = field(default_factory=list)
    predicted_along: list[NDArray[np.int64]] = field(default_factory=list)
    weight_chain: list[tuple[int, str]] = field(default_factory=list)


def tensors_of(network: nn.Module) -> Arrays:
    """Return parameters and buffers by name, copied to the CPU."""
    return {name: value.detach().cpu().numpy().copy() for name, value in network.state_dict().items()}


def load_tensors(network: nn.Module, arrays: Mapping[str, NDArray[Any]]) -> None:
    """Copy parameters and buffers into a network; raise DataError where names or sizes are not its own."""
    own = network.state_dict()
    wanted = {name: value.numel() for name, value in own.items()}
    if {name: array.size for name, array in arrays.items()} != wanted:
        raise DataError("the saved tensors are not those of this model; train it again with these settings")
    with torch.no_grad():
        for name, value in own.items():
            value.copy_(torch.from_numpy(np.array(arrays[name])).reshape(value.shape))


def arrays_digest(arrays: Mapping[str, NDArray[Any]]) -> str:
    """Return the sha256 of arrays by sorted name: name, dtype, size and bytes."""
    state = hashlib.sha256()
    for name in sorted(arrays):
        array = arrays[name]
        state.update(f"{name}\0{array.dtype.str}\0{array.size}\0".encode())
        state.update(array.tobytes())
    return state.hexdigest()


def live(progress: Progress) -> dict[str, Tensor]:
    """Return every tensor a step changes, by name and by reference."""
    tensors = {f"network/{name}": value for name, value in progress.network.state_dict().items()}
    if progress.averaged is not progress.network:
        tensors |= {f"averaged/{name}": value for name, value in progress.averaged.state_dict().items()}
    optimiser = progress.optimiser
    for kind, values in (
        ("first", optimiser.first_moments),
        ("second", optimiser.second_moments),
        ("steps", optimiser.steps),
    ):
        tensors |= {f"{kind}/{index}": value for index, value in enumerate(values)}
    return tensors | {"losses": progress.losses}


def pack(progress: Progress, identity: str) -> Arrays:
    """Return a checkpoint of a run whose settings, seeds and data have the digest `identity`."""
    arrays = {name: value.detach().cpu().numpy().copy() for name, value in live(progress).items()}
    arrays["step"] = np.array([progress.step])
    arrays["curve"] = np.array(progress.curve, dtype=np.float64).reshape(-1, 2)
    arrays["along"] = np.array(progress.predicted_along, dtype=np.int64)
    arrays["chain_steps"] = np.array([step for step, _ in progress.weight_chain], dtype=np.int64)
    arrays["chain"] = text_array("".join(link for _, link in progress.weight_chain))
    arrays[SEAL] = text_array(seal(arrays, identity))
    return arrays


def unpack(progress: Progress, arrays: Arrays | None, identity: str) -> None:
    """Put a run where its checkpoint was; a checkpoint of anything else, or a damaged one, is ignored."""
    if arrays is None or SEAL not in arrays:
        return
    kept = {name: array for name, array in arrays.items() if name != SEAL}
    if not np.array_equal(arrays[SEAL], text_array(seal(kept, identity))):
        return
    with torch.no_grad():
        for name, value in live(progress).items():
            value.copy_(torch.from_numpy(np.array(kept[name])).reshape(value.shape))
    progress.step = int(kept["step"][0])
    progress.curve = [CurvePoint(int(step), loss) for step, loss in kept["curve"].reshape(-1, 2).tolist()]
    progress.predicted_along = list(kept["along"])
    links = kept["chain"].tobytes().decode()
    steps = kept["chain_steps"].tolist()
    progress.weight_chain = [(step, links[64 * at : 64 * at + 64]) for at, step in enumerate(steps)]


def seal(arrays: Arrays, identity: str) -> str:
    """Return a digest over a checkpoint's content and the run it belongs to."""
    return hashlib.sha256(f"{identity}{arrays_digest(arrays)}".encode()).hexdigest()


def text_array(text: str) -> NDArray[np.uint8]:
    """Return ASCII text as uint8 [length]."""
    return np.frombuffer(text.encode("ascii"), dtype=np.uint8).copy()
