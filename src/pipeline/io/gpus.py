"""Shares out the GPUs of one machine: a job holds a place on one for its life, and sees no other.

Places are locked files in a folder that all users of the machine share, so the kernel gives a place back when its job
ends, however it ends. The one GPU that Slurm gave a job is taken as it is: Slurm shares out, and numbers GPUs for each
job anew. Jobs that run inside one allocation share out among them what it was given.
"""

import contextlib
import fcntl
import itertools
import os
import stat
import subprocess
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import IO

from pipeline.base.errors import DeviceError

VISIBLE, ORDER = "CUDA_VISIBLE_DEVICES", "CUDA_DEVICE_ORDER"
NONE = ("", "-1", "NoDevFiles")  # how it is said that a process may see none
PLACES = Path("/tmp/pipeline-gpus")  # of the machine, not of a user or a study
LISTING = ("nvidia-smi", "--query-gpu=index,uuid", "--format=csv,noheader")
DEVICES = "nvidia[0-9]*"
ASKED_EVERY = 0.5
SECONDS = 60


@contextlib.contextmanager
def held(
    jobs_per_gpu: int, say: Callable[[str], None], places: Path = PLACES, allocation: str | None = None
) -> Iterator[str]:
    """Hold a GPU that fewer than `jobs_per_gpu` other jobs hold, waiting for one; yield its name.

    Must come before torch is imported: this process and those it starts see that GPU alone. `allocation` is the job of
    Slurm that the whole run is in, if any. Raises DeviceError where there is none to choose from.
    """
    if own := os.environ.get("SLURM_JOB_ID"):
        name = given()
        if own != allocation and "," not in name:
            say(f"gpu: {name}, given by Slurm")
            yield name
            return
    names = visible()
    if not names:
        raise DeviceError(
            "params.yaml asks for compute.device: cuda, and this machine has no usable CUDA device; run it where there "
            f"is one ({VISIBLE} is {os.environ.get(VISIBLE, 'not set') or 'empty'}), or state compute.device: cpu, "
            "which is another result"
        )
    file, name = wait_for_place(names, jobs_per_gpu, say, places)
    with file:
        os.environ.setdefault(ORDER, "PCI_BUS_ID")  # as nvidia-smi numbers them
        os.environ[VISIBLE] = name
        say(f"gpu: {name}, held for the life of this job")
        yield name


def given() -> str:
    """Return what Slurm gave this job; raise DeviceError where that is nothing."""
    name = os.environ.get(VISIBLE, "")
    if name in NONE:
        raise DeviceError(
            "params.yaml asks for compute.device: cuda, and Slurm gave this job no GPU; ask for a partition that has "
            "them (slurm_partition in profiles/slurm), each job asks for one"
        )
    return name


def visible() -> list[str]:
    """Return the GPUs that this process may choose from, by UUID where the driver's program tells it."""
    stated, listed = os.environ.get(VISIBLE), known()
    if stated is None:
        return list(listed.values()) or [str(number) for number in range(len(list(Path("/dev").glob(DEVICES))))]
    names = [name.strip() for name in stated.split(",")]
    if stated.strip() in NONE:
        return []
    return [listed.get(name, name) for name in names if name not in NONE]


def known() -> dict[str, str]:
    """Return {index: UUID} of the GPUs that the driver's program lists; nothing where there is none."""
    try:
        done = subprocess.run(LISTING, capture_output=True, text=True, check=False, timeout=SECONDS)
    except (OSError, subprocess.TimeoutExpired):
        return {}
    rows = [line.split(",") for line in done.stdout.splitlines()] if done.returncode == 0 else []
    return {row[0].strip(): row[1].strip() for row in rows if len(row) == 2}


def wait_for_place(
    names: Sequence[str], jobs_per_gpu: int, say: Callable[[str], None], places: Path
) -> tuple[IO[bytes], str]:
    """Return a locked place, and the GPU it is on: on one with as few jobs as possible.

    A place that cannot be opened is as one that is taken; raises DeviceError where none can.
    """
    open_to_all(places)
    waiting = False
    while True:
        closed: list[DeviceError] = []
        for number, name in itertools.product(range(jobs_per_gpu), names):
            try:
                file = opened(places / f"{name}.{number}")
            except DeviceError as error:
                closed.append(error)
                continue
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                file.close()
            else:
                return file, name
        if len(closed) == jobs_per_gpu * len(names):
            raise closed[0]
        if not waiting:
            say(f"gpu: waiting for one of {', '.join(names)}, {jobs_per_gpu} jobs on each")
        waiting = True
        time.sleep(ASKED_EVERY)


def open_to_all(places: Path) -> None:
    """Make the folder of places, which every user of this machine may add to and only owners take from."""
    with contextlib.suppress(FileExistsError):
        places.mkdir(parents=True)
        places.chmod(0o777 | stat.S_ISVTX)


def opened(path: Path) -> IO[bytes]:
    """Return a place's file, made where it is not there; links are not followed. Raises DeviceError if it cannot be."""
    for flags in (0, os.O_CREAT | os.O_EXCL, 0):  # another job may be making it
        with contextlib.suppress(FileNotFoundError, FileExistsError):
            try:
                file = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | flags, 0o644)
                if flags:
                    os.fchmod(file, 0o644)  # whatever this user's umask is: to lock it, others must read it
                return os.fdopen(file, "rb")
            except (FileNotFoundError, FileExistsError):
                raise
            except OSError as error:
                problem = f"{path}: cannot be opened ({error.strerror}); remove it, or let every user read it"
                raise DeviceError(problem) from None
    raise DeviceError(f"{path}: is a link, or comes and goes; remove it and try again")
