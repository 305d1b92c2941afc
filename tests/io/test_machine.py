"""The class of a machine has what decides the last bits on the device that is used, and no names."""

import pytest

from pipeline.io.machine import CPU_INFO, DISPATCHED, FLAGS, machine_class, told_of_gpus

TWO = "NVIDIA H100 80GB HBM3, 9.0, 570.86.15\nNVIDIA H100 80GB HBM3, 9.0, 570.86.15\n"
GPU = ("gpu", "gpu_capability", "gpu_driver")


def test_two_gpus_of_a_kind_are_one_kind() -> None:
    assert told_of_gpus(TWO) == dict(zip(GPU, ("NVIDIA H100 80GB HBM3", "9.0", "570.86.15"), strict=True))


def test_gpus_of_two_kinds_are_both_named_in_whichever_order_they_are_listed() -> None:
    other = "NVIDIA A100-SXM4-40GB, 8.0, 570.86.15\n"
    assert told_of_gpus(TWO + other) == told_of_gpus(other + TWO)
    assert told_of_gpus(TWO + other)["gpu_capability"] == "8.0, 9.0"


@pytest.mark.parametrize("listed", ["", "\n", "No devices were found\n"])
def test_what_is_not_told_is_unknown(listed: str) -> None:
    assert told_of_gpus(listed) == dict.fromkeys(GPU, "unknown")


def test_a_gpu_is_of_the_class_where_it_is_used_alone() -> None:
    assert not set(GPU) & set(machine_class())
    assert set(machine_class("cuda")) == {*machine_class(), *GPU}


@pytest.mark.needs("processors")
def test_the_class_has_the_instructions_of_this_processor_that_libraries_choose_by() -> None:
    lines = [line.partition(":") for line in CPU_INFO.read_text().splitlines()]
    told = next(set(value.split()) for name, _, value in lines if name.strip() in FLAGS)
    assert machine_class()["instructions"].split() == [name for name in DISPATCHED if name in told]
