"""Commands of Slurm that outlast a controller that is away, and jobs that it lost, for Snakemake's executor.

The executor of snakemake-executor-plugin-slurm follows no job any more once `squeue` and `sacct` fail, and waits for
ever for a job that a killed controller had not saved. So during a run stand-ins for `sbatch`, `squeue` and `sacct` come
first on its PATH. Each runs this file alone, without the project, and calls Slurm's own command of its name.
"""

import contextlib
import json
import os
import re
import shlex
import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

HOME = Path(".pipeline/slurm")
SAID, NOTES, ALIVE = "said", "notes.json", "alive"
HELD: list[int] = []
RELAYED_EVERY = 0.2
COMMANDS = ("sbatch", "squeue", "sacct")
AWAY = "Unable to contact slurm controller"  # so no job was taken
ASKED_EVERY = 5.0  # seconds, while Slurm does not answer
PATIENCE = 15.0  # seconds for an answer; the executor gives up a query after 60
FINAL = {"BOOT_FAIL", "CANCELLED", "COMPLETED", "DEADLINE", "FAILED", "OUT_OF_MEMORY", "TIMEOUT"}
BY_ITSELF = {"None", "Resources", "Priority", "BeginTime", "Prolog", "Cleaning"}  # waits that end, sooner or later
LOST = "Slurm knows it no more (its controller was killed before it had saved the job, or its MinJobAge is short)"
Done = subprocess.CompletedProcess[str]


def stand_in() -> None:
    """Put the stand-ins first on the PATH of this process, and print what they say.

    Those of another run leave the PATH, which may come from a job of it: they answer for that run alone.
    """
    places = os.environ["PATH"].split(os.pathsep)
    os.environ["PATH"] = os.pathsep.join(place for place in places if not Path(place).match(f"{HOME}/*/bin"))
    shutil.rmtree(HOME, ignore_errors=True)  # so that a stand-in of a run that was killed finds its notes gone
    home = HOME.resolve() / str(os.getpid())
    (home / "bin").mkdir(parents=True)
    for command in COMMANDS:
        if real := shutil.which(command):
            call = shlex.join([sys.executable, "-I", "-S", str(Path(__file__).resolve()), str(home), real])
            program = home / "bin" / command
            program.write_text(f'#!/bin/sh\nexec {call} "$@"\n', encoding="utf-8")
            program.chmod(0o755)
    (home / SAID).touch()
    HELD.append(locked(home / ALIVE))
    threading.Thread(target=relay, args=(home / SAID,), daemon=True).start()
    os.environ["PATH"] = f"{home / 'bin'}{os.pathsep}{os.environ['PATH']}"


def relay(said: Path) -> None:
    """Print what is added to a file, for as long as this process lives."""
    with said.open(encoding="utf-8") as lines:
        while True:
            if added := lines.read():
                print(added, end="", file=sys.stderr, flush=True)
            time.sleep(RELAYED_EVERY)


def locked(path: Path) -> int:
    """Return a file that is open and locked until this process ends; raise BlockingIOError where another holds it."""
    import fcntl

    held = os.open(path, os.O_RDWR | os.O_CREAT, 0o644)
    try:
        fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(held)
        raise
    return held


class Notes:
    """What the stand-ins of a run know: its jobs, which ended, which Slurm did not know, and what was said."""

    def __init__(self, home: Path) -> None:
        self.home = home
        self.is_silent = False
        self.jobs: list[str] = []
        self.ended: list[str] = []
        self.unknown: list[str] = []
        self.lost: list[str] = []
        self.told: list[str] = []
        with contextlib.suppress(FileNotFoundError):
            vars(self).update(json.loads((home / NOTES).read_text(encoding="utf-8")))

    def keep(self) -> None:
        """Write them whole."""
        kept = {name: value for name, value in vars(self).items() if name != "home"}
        written = self.home / f"{NOTES}.{os.getpid()}"
        written.write_text(json.dumps(kept), encoding="utf-8")
        written.replace(self.home / NOTES)

    def say(self, line: str) -> None:
        """Have a line printed by the run."""
        with (self.home / SAID).open("a", encoding="utf-8") as said:
            said.write(f"{line}\n")

    def say_once(self, what: str, line: str) -> None:
        """Have a line printed, one of what it is about."""
        if what not in self.told:
            self.told.append(what)
            self.say(line)

    def give_up(self, job: str) -> None:
        """Note that a job is lost, and say it once."""
        if job not in self.lost:
            self.lost.append(job)
            self.say(f"lost: job {job}; {LOST}, and is tried again as retries allow")

    def hear(self, done: Done) -> bool:
        """Return whether a command was answered, and say when that begins and ends."""
        is_silent = done.returncode != 0
        if is_silent and not self.is_silent:
            said = last_line(done.stderr)
            self.say(f"waiting: {said}; jobs are followed, and others submitted, once Slurm answers again")
        if self.is_silent and not is_silent:
            self.say("waiting: Slurm answers again")
        self.is_silent = is_silent
        return not is_silent


def see_alive(home: Path) -> None:
    """Raise OSError where a run is at work no more."""
    try:
        os.close(locked(home / ALIVE))
    except BlockingIOError:
        return
    raise ProcessLookupError(f"{home.name} is gone")


@contextlib.contextmanager
def notes(home: Path) -> Iterator[Notes]:
    """Give the notes of a run, to one command at a time."""
    import fcntl

    with (home / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        found = Notes(home)
        yield found
        found.keep()


def last_line(text: str) -> str:
    """Return the last line that is none but blanks."""
    return (text.strip().splitlines() or ["it said nothing"])[-1].strip()


def ask(*command: str, given: str = "", seconds: float | None = None) -> Done:
    """Return what a command printed; a failure where it took longer than so many seconds."""
    try:
        return subprocess.run(command, input=given, capture_output=True, text=True, check=False, timeout=seconds)
    except subprocess.TimeoutExpired:
        return subprocess.CompletedProcess(command, 1, "", f"{Path(command[0]).name} does not answer")


def submit(home: Path, sbatch: str, arguments: Sequence[str]) -> Done:
    """Submit a job once Slurm answers, and say why where it is not taken.

    Where Slurm gives a job the number of an earlier one, it lost that one or forgot it. What is cancelled under that
    number is then a failed try of the earlier job, and the job gets another one.
    """
    given = sys.stdin.read() if "/dev/stdin" in arguments else ""
    while True:
        see_alive(home)  # nothing is submitted for a run that was killed
        done = ask(sbatch, *arguments, given=given)
        if done.returncode and AWAY in done.stderr:
            with notes(home) as noted:
                noted.hear(done)
            time.sleep(ASKED_EVERY)
            continue
        with notes(home) as noted:
            if done.returncode:
                said = refused(arguments, done.stderr)
                noted.say_once(said, said)
                return done
            noted.hear(done)
            job = done.stdout.strip().partition(";")[0]
            if job not in (*noted.jobs, *noted.ended):
                noted.jobs.append(job)
                return done
            if job in noted.jobs:
                noted.give_up(job)
        ask(str(Path(sbatch).with_name("scancel")), job)


def rule_of(comment: str) -> str:
    """Return the rule of a job, and its wildcards, by how Snakemake comments on it."""
    return comment.removeprefix("rule_").replace("_wildcards_", " ")


def refused(arguments: Sequence[str], said: str) -> str:
    """Return that a job was not submitted, and what sbatch said."""
    rule = rule_of(arguments[arguments.index("--comment") + 1]) if "--comment" in arguments else "a job"
    why = "; ".join(line.strip().removeprefix("sbatch: error: ") for line in said.splitlines() if line.strip())
    return f"not submitted: {rule}: {why}; see slurm_partition and resources in the profile"


def states(home: Path, command: str, arguments: Sequence[str]) -> Done:
    """Return the states of a run's jobs: none, without an error, while Slurm is away; a lost job has failed."""
    squeue = str(Path(command).with_name("squeue"))
    run = arguments[arguments.index("--name") + 1]
    queue = ask(squeue, "--noheader", "--states=all", "--format=%i|%T|%r", "--name", run, seconds=PATIENCE)
    rows = [line.strip().split("|", 2) for line in queue.stdout.splitlines() if line.strip()]
    told = [f"{job}|{state}" for job, state, _ in rows]
    if command != squeue:
        accounts = ask(command, *arguments, seconds=PATIENCE)
        if not accounts.returncode:  # else there are none, or their daemon is away
            told = [line.partition(" ")[0] for line in accounts.stdout.splitlines()]  # not by whom one was cancelled
    with notes(home) as noted:
        lines = [*told, *followed(noted, told, rows)] if noted.hear(queue) else []
    return subprocess.CompletedProcess(arguments, 0, "".join(f"{line}\n" for line in lines), "")


def followed(noted: Notes, told: Sequence[str], queue: Sequence[Sequence[str]]) -> list[str]:
    """Return lines for the jobs that Slurm did not know twice in a row, and say what it may never start.

    `told` are the lines number|state that the executor reads, `queue` the rows (number, state, reason). A job that the
    executor was told to have ended is followed no more: Slurm may forget it.
    """
    seen: dict[str, set[str]] = {}
    for line in told:
        for job in numbers(line):
            seen.setdefault(job, set()).add(line.rpartition("|")[2])
    over = {job for job in noted.jobs if job in seen and seen[job] <= FINAL}
    noted.jobs, noted.ended = [job for job in noted.jobs if job not in over], [*noted.ended, *over]
    known = seen.keys() | {job for number, _, _ in queue for job in numbers(number)}
    missing = [job for job in noted.jobs if job not in known]
    for job in missing:
        if job in noted.unknown:
            noted.give_up(job)
    noted.unknown = missing
    tell_of_waits(noted, queue)
    return [f"{job}|FAILED" for job in missing if job in noted.lost]


def tell_of_waits(noted: Notes, rows: Sequence[Sequence[str]]) -> None:
    """Say once which jobs of a run wait for something that may never come; rows are (number, state, reason)."""
    own, waits = set(noted.jobs), dict[str, list[str]]()
    for job, state, reason in rows:
        if state == "PENDING" and reason not in BY_ITSELF and own.intersection(numbers(job)):
            waits.setdefault(reason, []).append(job)
    for reason, jobs in waits.items():
        remedy = f"; to let it go: scontrol release {' '.join(jobs)}" if "held" in reason.lower() else ""
        noted.say_once(reason, f"waiting: not started by Slurm: job {', '.join(jobs)}: {reason}{remedy}")


def numbers(line: str) -> list[str]:
    """Return the number of a job at the head of a line and, of a task of an array, the array's."""
    found = re.match(r"(\d+)(_\d+)?", line.strip())
    return [found[0], found[1]] if found else []


def main(home: str, command: str, *arguments: str) -> int:
    """Do what a command of Slurm does, patiently where the executor asks for a run's own jobs."""
    is_submission = Path(command).name == "sbatch"
    if ("--parsable" if is_submission else "--name") not in arguments:
        os.execv(command, [command, *arguments])
    try:
        done = (submit if is_submission else states)(Path(home), command, arguments)
    except OSError as error:
        sys.exit(f"the run that this is asked for has ended ({error})")
    sys.stdout.write(done.stdout)
    sys.stderr.write(done.stderr)
    return done.returncode


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
