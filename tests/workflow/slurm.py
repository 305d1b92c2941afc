"""A real Slurm on one machine: munge, controller and node daemon, started as root and stopped again."""

import os
import shutil
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

CONFIGURATION = """
ClusterName=test
SlurmctldHost={host}(127.0.0.1)
AuthType=auth/munge
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
SelectType=select/cons_tres
SelectTypeParameters=CR_Core_Memory
AccountingStorageType=accounting_storage/none
JobAcctGatherType=jobacct_gather/none
SchedulerParameters=sched_interval=1,batch_sched_delay=0
MinJobAge=300
ReturnToService=2
InactiveLimit=0
KillWait=5
SlurmUser=root
StateSaveLocation={folder}/state
SlurmdSpoolDir={folder}/spool
SlurmctldPidFile={folder}/slurmctld.pid
SlurmdPidFile={folder}/slurmd.pid
SlurmctldLogFile={folder}/slurmctld.log
SlurmdLogFile={folder}/slurmd.log
NodeName={host} NodeAddr=127.0.0.1 CPUs={cores} RealMemory={memory} State=UNKNOWN
PartitionName=main Nodes={host} Default=YES MaxTime=INFINITE State=UP
"""
CONFIGURED = Path("/etc/slurm/slurm.conf")
PROGRAMS = ("munged", "slurmctld", "slurmd", "sbatch", "runuser")


def missing() -> str | None:
    """Return why no Slurm can be started here, or None where one can."""
    absent = [name for name in PROGRAMS if shutil.which(name) is None]
    if absent:
        return f"{', '.join(absent)} not installed"
    if CONFIGURED.is_symlink() or CONFIGURED.exists():
        return "a Slurm is configured here already"
    return None if os.geteuid() == 0 else "daemons are started as root"


@contextmanager
def slurm(folder: Path) -> Iterator[None]:
    """Run a Slurm whose files are in a folder."""
    for name in ("state", "spool"):
        (folder / name).mkdir(parents=True)
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") // 2**20 - 1000
    named = {"host": socket.gethostname().split(".")[0], "cores": os.cpu_count(), "memory": memory, "folder": folder}
    configuration = folder / "slurm.conf"
    configuration.write_text(CONFIGURATION.format(**named))
    CONFIGURED.parent.mkdir(exist_ok=True)
    CONFIGURED.symlink_to(configuration)  # not by SLURM_CONF, which job steps do not get
    daemons = []
    try:
        if not Path("/run/munge/munge.socket.2").exists():
            Path("/run/munge").mkdir(exist_ok=True)
            shutil.chown("/run/munge", "munge", "munge")
            daemons.append(started(["runuser", "-u", "munge", "--", "munged", "--foreground"]))
            wait(lambda: subprocess.run(["munge", "-n"], capture_output=True, check=False).returncode == 0)
        daemons.append(started(["slurmctld", "-D", "-i"]))
        daemons.append(started(["slurmd", "-D"]))
        wait(lambda: "idle" in asked("sinfo", "-h", "-o", "%T"))
        yield
    finally:
        subprocess.run(["scancel", "--me"], capture_output=True, check=False)
        for daemon in reversed(daemons):
            daemon.terminate()
        for daemon in daemons:
            daemon.wait(30)
        CONFIGURED.unlink()


def started(command: list[str]) -> "subprocess.Popen[bytes]":
    """Start a daemon."""
    return subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def asked(*command: str) -> str:
    """Return what a command of Slurm prints."""
    return subprocess.run(command, capture_output=True, text=True, check=False).stdout


def wait(holds: Callable[[], bool], seconds: float = 60) -> None:
    """Wait until something holds."""
    deadline = time.monotonic() + seconds
    while not holds():
        if time.monotonic() > deadline:
            raise AssertionError("Slurm does not get ready")
        time.sleep(0.2)
