"""What a machine can promise is told as it is here: its class, its cores, and what keeps a job to what it declares."""

import os
from pathlib import Path

import pytest

from pipeline.guarantees import barriers, cores, machine
from pipeline.io.machine import class_digest
from pipeline.io.sandbox import newest


def test_a_machine_is_told_by_its_class_and_by_what_is_no_part_of_the_class() -> None:
    told = machine()
    assert told.keys() == {"class", "fields", "processor", "cores"}
    assert told["class"] == class_digest(told["fields"])
    assert told["cores"] == cores() >= 1


def test_the_class_is_another_wherever_one_of_its_fields_is() -> None:
    fields = machine()["fields"]
    assert fields.keys() == {"architecture", "system", "vendor", "instructions", "libc"}
    others = {class_digest({**fields, name: f"{value} else"}) for name, value in fields.items()}
    assert len(others | {class_digest(fields)}) == len(fields) + 1


def test_only_the_cores_that_a_process_may_use_are_counted() -> None:
    before = os.sched_getaffinity(0)
    try:
        os.sched_setaffinity(0, {min(before)})
        assert cores() == 1
    finally:
        os.sched_setaffinity(0, before)


def test_barriers_are_told_as_the_kernel_has_them(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    told = barriers()
    assert told.keys() == {"confinement", "network", "tracing"}
    assert (told["confinement"] == f"landlock abi {newest()}") == (newest() > 0)
    assert (told["network"] == "closed to jobs") == (newest() >= 4)
    monkeypatch.setenv("PATH", str(tmp_path))
    assert barriers()["tracing"] == "strace is not installed"
