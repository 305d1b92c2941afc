"""A real Slurm on one machine: munge, controller and node daemon, started as root and stopped again."""

import contextlib
import os
import shutil
import socket
import stat
import subprocess
from collections.abc import Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from pathlib import Path

import psutil
from tests.needs import SLURM
from tests.waiting import wait_until

EVERY = 0.05  # seconds between two questions to a daemon that gets ready: each starts a process
CONFIGURATION = """
ClusterName=test
SlurmctldHost={host}(127.0.0.1)
AuthType=auth/munge
AuthInfo=cred_expire=5
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
SelectType=select/cons_tres
SelectTypeParameters=CR_Core_Memory
JobAcctGatherType=jobacct_gather/linux
JobAcctGatherFrequency=1
JobAcctGatherParams=OverMemoryKill
GresTypes=gpu
SlurmdTimeout=10
{accounting}
SchedulerParameters=sched_interval=1,batch_sched_delay=0
MinJobAge=3600
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
NodeName={host} NodeAddr=127.0.0.1 CPUs={cores} RealMemory={memory} Gres=gpu:{gpus} State=UNKNOWN
PartitionName=main Nodes={host} Default=YES MaxTime=INFINITE State=UP
"""
NO_ACCOUNTING = "AccountingStorageType=accounting_storage/none"
GPUS = 2  # devices that stand for them
GRES = SLURM.with_name("gres.conf")


class Slurm:
    """The daemons of a Slurm, to be killed and started again."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.daemons: dict[str, subprocess.Popen[bytes]] = {}

    def start(self, *command: str) -> None:
        """Start a daemon."""
        self.daemons[command[0]] = started(list(command))

    def kill(self, name: str) -> None:
        """Kill a daemon as a power cut would."""
        self.daemons[name].kill()
        self.daemons[name].wait()

    def stop(self, *names: str) -> None:
        """Stop some daemons."""
        told = [self.daemons.pop(name) for name in names if name in self.daemons]
        for daemon in told:
            daemon.terminate()
        for daemon in told:
            try:
                daemon.wait(30)
            except subprocess.TimeoutExpired:
                daemon.kill()
                daemon.wait()

    def end_jobs(self) -> None:
        """Cancel every job, and wait until all are gone."""
        asked("scancel", "--me")
        wait_until(
            lambda: not asked("squeue", "--noheader", "--me").strip(), "the end of all jobs of Slurm", every=EVERY
        )

    def cut_power(self) -> None:
        """Kill the node's daemon and all that it runs."""
        self.kill("slurmd")
        daemons = [process for process in psutil.process_iter(["name"]) if process.info["name"] == "slurmstepd"]
        for process in [each for daemon in daemons for each in (daemon, *daemon.children(recursive=True))]:
            with contextlib.suppress(psutil.NoSuchProcess):
                process.kill()

    def start_controller(self) -> None:
        """Start slurmctld; it goes on with the jobs that it saved."""
        self.start("slurmctld", "-D")

    def forget(self) -> None:
        """Remove the jobs that the controller saved, and the number that it gave last: it was killed before."""
        for path in (self.folder / "state").glob("job_state*"):
            path.unlink()

    def start_node(self) -> None:
        """Start slurmd."""
        self.start("slurmd", "-D")


@contextmanager
def slurm(
    folder: Path, accounting: str = NO_ACCOUNTING, before: AbstractContextManager[None] | None = None
) -> Iterator[Slurm]:
    """Run a Slurm whose files are in a folder, `before` around it once munge is there."""
    for name in ("state", "spool"):
        (folder / name).mkdir(parents=True)
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") // 2**20 - 1000
    named = {"host": socket.gethostname().split(".")[0], "cores": os.cpu_count(), "memory": memory, "folder": folder}
    configuration = folder / "slurm.conf"
    configuration.write_text(CONFIGURATION.format(**named, gpus=GPUS, accounting=accounting))
    for number in range(GPUS):
        os.mknod(folder / f"nvidia{number}", stat.S_IFCHR | 0o666, os.makedev(1, 3))  # as /dev/null
    (folder / "gres.conf").write_text(f"AutoDetect=off\nName=gpu File={folder}/nvidia[0-{GPUS - 1}]\n")
    SLURM.parent.mkdir(exist_ok=True)
    with ExitStack() as stack:
        for place in (SLURM, GRES):
            place.symlink_to(folder / place.name)  # not by SLURM_CONF, which job steps do not get
            stack.callback(place.unlink)
        running = Slurm(folder)
        stack.callback(running.stop, "runuser")
        start_munge(running)
        if before:
            stack.enter_context(before)
        stack.callback(running.stop, "slurmctld", "slurmd")
        running.start_controller()
        running.start_node()
        wait_until(lambda: "idle" in asked("sinfo", "-h", "-o", "%T"), "an idle node of Slurm", every=EVERY)
        stack.callback(running.end_jobs)
        yield running


def start_munge(running: Slurm) -> None:
    """Start munge, unless it runs here already."""
    if not Path("/run/munge/munge.socket.2").exists():
        Path("/run/munge").mkdir(exist_ok=True)
        shutil.chown("/run/munge", "munge", "munge")
        running.start("runuser", "-u", "munge", "--", "munged", "--foreground")
        munge = ["munge", "-n"]
        wait_until(
            lambda: subprocess.run(munge, capture_output=True, check=False).returncode == 0, "munge", every=EVERY
        )


def started(command: list[str]) -> "subprocess.Popen[bytes]":
    """Start a daemon."""
    return subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def asked(*command: str) -> str:
    """Return what a command of Slurm prints."""
    return subprocess.run(command, capture_output=True, text=True, check=False).stdout


def status_of(controller: "subprocess.Popen[bytes]", seconds: float) -> int:
    """Return a controller's exit status; raise AssertionError with what it and Slurm say where it does not end."""
    try:
        return controller.wait(seconds)
    except subprocess.TimeoutExpired:
        told = [Path(f"/proc/{controller.pid}/fd/2").read_text(errors="replace")]
        told += [asked("squeue", "--states=all"), asked("scontrol", "show", "node")]
        raise AssertionError("\n".join([f"a controller has not ended in {seconds} s", *told])) from None
