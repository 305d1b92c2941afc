"""A process is told from one that has ended, and from a later one that was given its number."""

import os
import subprocess
import sys
import time

import psutil
import pytest
from tests.waiting import wait_until

from pipeline.io.processes import CLOCKS_DIFFER, is_still_at_work


def test_a_process_that_is_there_is_at_work() -> None:
    assert is_still_at_work(os.getpid(), since=time.time())
    assert is_still_at_work(1, since=time.time())


@pytest.mark.parametrize("number", [2**22 + 1, 2**31, 10**30], ids=["not given", "too long", "far too long"])
def test_a_number_that_no_process_has_is_of_none(number: int) -> None:
    assert not is_still_at_work(number, since=time.time())


def test_a_process_that_has_ended_and_was_not_yet_waited_for_is_at_work_no_more() -> None:
    process = subprocess.Popen([sys.executable, "-c", ""])
    wait_until(lambda: psutil.Process(process.pid).status() == psutil.STATUS_ZOMBIE, "the end of the process")
    assert not is_still_at_work(process.pid, since=time.time())
    process.wait()


def test_a_later_process_with_the_number_of_an_earlier_one_is_another() -> None:
    began = psutil.Process().create_time()
    assert is_still_at_work(os.getpid(), since=began - 0.5 * CLOCKS_DIFFER)
    assert not is_still_at_work(os.getpid(), since=began - 1.5 * CLOCKS_DIFFER)
