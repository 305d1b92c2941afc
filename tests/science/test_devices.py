import pytest
import torch

from pipeline.base.errors import DeviceError
from pipeline.science.devices import deterministic
from pipeline.science.settings import Compute


@pytest.mark.needs("no-gpu")
def test_a_device_that_is_not_there_is_an_error_and_never_another_device() -> None:
    refused = pytest.raises(DeviceError, match=r"compute\.device: cuda.*no usable CUDA.*cpu")
    with refused, deterministic(Compute(device="cuda")):
        pytest.fail("entered")


def test_determinism_is_switched_on_inside_and_put_back_after() -> None:
    state = torch.random.get_rng_state()
    with deterministic(Compute(precision="float64")) as (device, dtype):
        assert (device.type, dtype) == ("cpu", torch.float64)
        assert torch.are_deterministic_algorithms_enabled()
        torch.rand(3)
    assert not torch.are_deterministic_algorithms_enabled()
    assert torch.equal(torch.random.get_rng_state(), state)
