"""The stand-ins for Slurm's commands, where programs of the test stand for Slurm's own."""

import os
import subprocess
import time
from pathlib import Path

import pytest
from tests.waiting import wait_until

from pipeline.io import patience

RUN = "6ba7b810-9dad-11d1-80b4-00c04fd430c8"
STATES = ("squeue", "--format=%i|%T", "--states=all", "--noheader", "--name", RUN)
ACCOUNTS = ("sacct", "-X", "--parsable2", "--format=JobIdRaw,State", "--name", RUN)
SUBMISSION = ("sbatch", "--parsable", "--job-name", RUN, "--comment", "rule_train_1_wildcards_x", "--wrap", "true")
AWAY = "echo 'slurm_load_jobs error: Unable to contact slurm controller (connect failure)' >&2; exit 1"


class Cluster:
    """What Slurm's commands do, and what a run is told."""

    def __init__(self, place: Path) -> None:
        self.place = place
        self.said = ""

    def does(self, **commands: str) -> None:
        """State what commands do from now on."""
        for name, text in commands.items():
            program = self.place / name
            program.write_text(f"#!/bin/sh\n{text}\n")
            program.chmod(0o755)

    def queues(self, *rows: str) -> None:
        """State which jobs Slurm knows: number|state|reason."""
        short = "; ".join(f"echo '{row.rpartition('|')[0]}'" for row in rows) or "true"
        long = "; ".join(f"echo '{row}'" for row in rows) or "true"
        self.does(squeue=f'case "$*" in *%r*) {long};; *) {short};; esac')

    def ask(self, command: tuple[str, ...]) -> subprocess.CompletedProcess[str]:
        """Return what a command prints, as the executor runs it."""
        return subprocess.run(command, capture_output=True, text=True, check=False)

    def states(self, command: tuple[str, ...] = STATES) -> dict[str, str]:
        """Return what the executor reads of the states of jobs; it must never find that the question failed."""
        done = self.ask(command)
        assert done.returncode == 0
        return dict(line.split("|", 1) for line in done.stdout.splitlines())

    def submit(self, job: str) -> None:
        """Submit a job that gets a number."""
        self.does(sbatch=f"echo {job}")
        assert self.ask(SUBMISSION).stdout == f"{job}\n"


@pytest.fixture
def cluster(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Cluster:
    (tmp_path / "bin").mkdir()
    found = Cluster(tmp_path / "bin")
    found.does(sbatch="echo 1", squeue="true", sacct="true", scancel="true")
    monkeypatch.setenv("PATH", f"{tmp_path / 'bin'}{os.pathsep}{os.environ['PATH']}")
    monkeypatch.chdir(tmp_path)
    patience.stand_in()
    return found


def told(capfd: pytest.CaptureFixture[str], lines: int) -> list[str]:
    """Return so many lines that the run printed, and see that there are no more."""
    said: list[str] = []

    def is_told() -> bool:
        said.extend(capfd.readouterr().err.splitlines())
        return len(said) >= lines

    wait_until(is_told, f"{lines} lines", seconds=30)
    time.sleep(3 * patience.RELAYED_EVERY)  # no further line comes in the time of three
    is_told()
    assert len(said) == lines, said
    return said


def test_no_job_is_given_up_while_slurm_is_away_and_it_is_told_once(
    cluster: Cluster, capfd: pytest.CaptureFixture[str]
) -> None:
    cluster.submit("3")
    cluster.does(squeue=AWAY, sacct=AWAY)
    assert cluster.states() == cluster.states() == cluster.states(ACCOUNTS) == {}
    cluster.queues("3|COMPLETED|None")
    assert cluster.states() == {"3": "COMPLETED"}
    first, second = told(capfd, 2)
    assert first.startswith("waiting: slurm_load_jobs error: Unable to contact slurm controller (connect failure); ")
    assert second == "waiting: Slurm answers again"


def test_a_run_within_another_asks_slurm_itself(cluster: Cluster, monkeypatch: pytest.MonkeyPatch) -> None:
    (cluster.place.parent / "inner").mkdir()
    monkeypatch.chdir(cluster.place.parent / "inner")
    patience.stand_in()
    cluster.submit("3")
    cluster.queues("3|COMPLETED|None")
    assert cluster.states() == {"3": "COMPLETED"}


def test_a_controller_that_hangs_is_away_too(
    cluster: Cluster, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(patience, "PATIENCE", 0.3)
    cluster.does(squeue="exec sleep 60")
    home = Path(os.environ["PATH"].split(os.pathsep)[0]).parent
    done = patience.states(home, str(cluster.place / "squeue"), STATES[1:])
    assert (done.returncode, done.stdout) == (0, "")
    assert told(capfd, 1)[0].startswith("waiting: squeue does not answer; ")


def test_where_accounts_are_away_the_queue_is_asked(cluster: Cluster) -> None:
    cluster.submit("3")
    cluster.queues("3|RUNNING|None")
    cluster.does(sacct="echo 'sacct: error: slurm_persist_conn_open_without_init: failed' >&2; exit 1")
    assert cluster.states(ACCOUNTS) == {"3": "RUNNING"}
    cluster.does(sacct="echo '3|COMPLETED'")
    assert cluster.states(ACCOUNTS) == {"3": "COMPLETED"}


def test_a_job_that_accounts_do_not_know_yet_is_not_lost(cluster: Cluster) -> None:
    cluster.submit("3")
    cluster.queues("3|PENDING|Priority")
    assert cluster.states(ACCOUNTS) == cluster.states(ACCOUNTS) == {}


def test_a_job_that_slurm_does_not_know_twice_in_a_row_has_failed(
    cluster: Cluster, capfd: pytest.CaptureFixture[str]
) -> None:
    cluster.submit("3")
    cluster.submit("4")
    cluster.queues("3|RUNNING|None")
    assert cluster.states() == {"3": "RUNNING"}  # it may not be there yet
    cluster.does(squeue=AWAY)
    assert cluster.states() == {}
    cluster.queues("3|RUNNING|None")
    assert cluster.states() == cluster.states() == {"3": "RUNNING", "4": "FAILED"}
    assert [line.partition(";")[0] for line in told(capfd, 3)][2] == "lost: job 4"


def test_a_job_that_ended_and_that_slurm_forgot_is_not_lost(
    cluster: Cluster, capfd: pytest.CaptureFixture[str]
) -> None:
    for job in ("3", "4", "7"):
        cluster.submit(job)
    cluster.queues("3|COMPLETED|None", "4|TIMEOUT|TimeLimit", "7_1|COMPLETED|None", "7_2|RUNNING|None")
    assert cluster.states()["3"] == "COMPLETED"
    cluster.queues("7_2|COMPLETED|None")
    assert cluster.states() == {"7_2": "COMPLETED"}
    cluster.queues()
    assert cluster.states() == cluster.states() == cluster.states() == {}
    cluster.does(sbatch="test -e again && echo 9 || { touch again; echo 3; }", scancel="echo $1 >> cancelled")
    assert cluster.ask(SUBMISSION).stdout == "9\n"  # and its number is given to no other
    assert told(capfd, 0) == []


def test_accounts_say_by_whom_a_job_was_cancelled_which_is_no_state(cluster: Cluster) -> None:
    cluster.submit("3")
    cluster.does(sacct="echo '3|CANCELLED by 0'")
    assert cluster.states(ACCOUNTS) == {"3": "CANCELLED"}


def test_tasks_of_an_array_are_known_by_it(cluster: Cluster) -> None:
    cluster.submit("7")
    cluster.queues("7_[1-3]|PENDING|Priority")
    assert cluster.states() == cluster.states() == {"7_[1-3]": "PENDING"}
    cluster.queues("7_2|RUNNING|None")
    assert cluster.states() == cluster.states() == {"7_2": "RUNNING"}


def test_the_number_of_a_lost_job_is_given_to_no_other(cluster: Cluster, capfd: pytest.CaptureFixture[str]) -> None:
    cluster.submit("3")
    cluster.does(
        sbatch='n=$(cat number 2>/dev/null || echo 3); echo $((n + 1)) > number; echo "$n;main"',
        scancel="echo $1 >> cancelled",
    )
    assert cluster.ask(SUBMISSION).stdout == "4;main\n"
    assert Path("cancelled").read_text() == "3\n"
    assert told(capfd, 1)[0].startswith("lost: job 3; ")


def test_nothing_is_submitted_until_slurm_answers(cluster: Cluster, capfd: pytest.CaptureFixture[str]) -> None:
    said = "sbatch: error: Batch job submission failed: Unable to contact slurm controller (connect failure)"
    cluster.does(sbatch=f"if test -e asked; then cat > given; echo 5; else touch asked; echo '{said}' >&2; exit 1; fi")
    done = subprocess.run(
        (*SUBMISSION[:-2], "/dev/stdin"), input="#!/bin/sh\ntrue", capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stdout) == (0, "5\n")
    assert Path("given").read_text() == "#!/bin/sh\ntrue"
    assert told(capfd, 2) == [
        f"waiting: {said}; jobs are followed, and others submitted, once Slurm answers again",
        "waiting: Slurm answers again",
    ]


def test_nothing_is_submitted_for_a_run_that_was_killed(cluster: Cluster) -> None:
    cluster.does(sbatch="touch submitted; echo 5")
    os.close(patience.HELD.pop())
    done = cluster.ask(SUBMISSION)
    assert done.returncode == 1
    assert "the run that this is asked for has ended" in done.stderr
    assert not Path("submitted").exists()


def test_why_a_job_was_not_submitted_is_told_once(cluster: Cluster, capfd: pytest.CaptureFixture[str]) -> None:
    said = ("invalid partition specified: nosuch", "Batch job submission failed: Invalid partition name specified")
    cluster.does(sbatch="; ".join(f"echo 'sbatch: error: {line}' >&2" for line in said) + "; exit 1")
    for _ in range(3):
        done = cluster.ask(SUBMISSION)
        assert done.returncode == 1
        assert said[1] in done.stderr
    assert told(capfd, 1)[0].startswith(f"not submitted: train_1 x: {'; '.join(said)}; see slurm_partition")


def test_what_holds_a_job_in_the_queue_for_ever_is_told_once_and_what_passes_is_not(
    cluster: Cluster, capfd: pytest.CaptureFixture[str]
) -> None:
    for job in ("3", "4"):
        cluster.submit(job)
    cluster.queues("3|PENDING|launch failed requeued held", "4|PENDING|Priority", "9|PENDING|JobHeldUser")
    cluster.states()
    cluster.states()
    remedy = "to let it go: scontrol release 3"
    assert told(capfd, 1) == [f"waiting: not started by Slurm: job 3: launch failed requeued held; {remedy}"]


def test_other_calls_are_slurms_own(cluster: Cluster) -> None:
    cluster.does(squeue='echo "$@"; exit 3', sbatch='echo "$@"')
    done = cluster.ask(("squeue", "--me", "--states=all"))
    assert (done.returncode, done.stdout) == (3, "--me --states=all\n")
    assert cluster.ask(("sbatch", "--wrap", "true")).stdout == "--wrap true\n"
