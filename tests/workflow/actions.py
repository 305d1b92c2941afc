"""What is done to a checkout between two runs of a history: an action takes the study and a source of choices.

An action returns True where it left something that DVC cannot see: a file changed under the same inode, size and
time, or, through a link, in DVC's own cache. It raises IndexError or ValueError where there is nothing to do it to.
"""

import contextlib
import os
import shutil
import signal
import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from random import Random

from tests.study import ROOT, Study, write_source
from tests.waiting import wait_until
from tests.workflow.edits import CODE, GRAPHS, PARTS, SCIENCE, VALUES, edit
from tests.workflow.oracle import ROOTS

Action = Callable[[Study, Random], bool | None]


def homes(study: Study) -> list[Path]:
    """Return the directories of all artefacts that stand, in order."""
    return [path.parent for root in ROOTS for path in sorted((study.folder / root).rglob("receipt.json"))]


def some_file(study: Study, random: Random) -> Path:
    """Return a file of some artefact, one in four times its receipt."""
    files = sorted(path for path in random.choice(homes(study)).rglob("*") if path.is_file())
    return random.choice([path for path in files if (path.name == "receipt.json") == (random.random() < 0.25)])


def change_parameter(study: Study, random: Random) -> None:
    key, values = random.choice(VALUES)
    study.change(key, random.choice(values))


def change_baselines(study: Study, random: Random) -> None:
    params = study.params()
    if params["baselines"].pop("logistic_regression", None):
        del params["search"]["spaces"]["logistic_regression"]
    else:
        params["baselines"]["logistic_regression"] = {"model": "logistic_regression"}
        params["search"]["spaces"]["logistic_regression"] = {"inverse_regularisation": {"log_uniform": [0.1, 10.0]}}
    params["families"]["baseline"]["against"] = ["nearest_neighbours"]
    study.state(params)


def change_code(study: Study, random: Random) -> None:
    file, before, after = random.choice(CODE)
    edit(study.folder / SCIENCE / file, before, after)


def comment(study: Study, random: Random) -> None:
    path = random.choice(sorted((study.folder / "src" / "pipeline").rglob("*.py")))
    path.write_text(path.read_text() + f"# {random.random()}\n")


def change_data(study: Study, random: Random) -> None:
    path = study.folder / "data" / "source" / "rows.npz"
    study.change("data.sha256", write_source(path, seed=random.choice([0, 1])))


def change_graph(study: Study, random: Random) -> None:
    before, after = random.choice([GRAPHS[0], random.choice(GRAPHS)])
    edit(study.folder / "Snakefile", before, after)


def change_lock(study: Study, random: Random) -> None:
    """Lock a tool or, more seldom, a library in a version that is not installed, or take that back."""
    name = random.choice(["ruff", "ruff", "scipy"])
    lock = study.folder / "requirements.lock"
    taken = (ROOT / "requirements.lock").read_text().splitlines()
    (installed,) = [line for line in taken if line.startswith(f"{name}==")]
    edit(lock, installed, f"{name}==999.0 \\")


def lock_plan(study: Study, random: Random) -> None:
    study.pipeline("plan", "--lock", check=False)


def withdraw_plan(study: Study, random: Random) -> None:
    (study.folder / "plan" / "plan.json").unlink(missing_ok=True)
    study.commit("Withdraw the plan")


def corrupt(study: Study, random: Random) -> None:
    """Flip a bit, or cut the file short, under a new inode, the time kept or not."""
    path = some_file(study, random)
    stat, content = path.stat(), damaged(path, random)
    if random.random() < 0.3:
        content = content[: len(content) // 2]
    path.unlink()
    path.write_bytes(content)
    if random.random() < 0.5:
        os.utime(path, ns=(stat.st_atime_ns, stat.st_mtime_ns))


def corrupt_in_place(study: Study, random: Random) -> bool:
    """Flip a bit under the same inode, the time kept or not; through a link it damages DVC's cache."""
    path = some_file(study, random)
    stat, linked, keeps_time = path.stat(), path.is_symlink() or path.stat().st_nlink > 1, random.random() < 0.5
    content = damaged(path, random)
    path.chmod(0o644)
    with path.open("r+b") as file:
        file.write(content)
    if linked:
        path.chmod(0o444)
    if keeps_time:
        os.utime(path, ns=(stat.st_atime_ns, stat.st_mtime_ns))
    return keeps_time or linked


def damaged(path: Path, random: Random) -> bytes:
    """Return a file's bytes, one bit flipped."""
    content = bytearray(path.read_bytes())
    content[random.randrange(len(content))] ^= 1 << random.randrange(8)
    return bytes(content)


def delete(study: Study, random: Random) -> None:
    if random.random() < 0.5:
        shutil.rmtree(random.choice(homes(study)))
    else:
        some_file(study, random).unlink()


def swap(study: Study, random: Random) -> None:
    """Exchange two runs, or their receipts alone."""
    left, right = random.sample([home for home in homes(study) if "runs" in home.parts[-3:]], 2)
    if random.random() < 0.3:
        left, right = left / "receipt.json", right / "receipt.json"
    kept = study.folder / ".swap"
    left.rename(kept)
    right.rename(left)
    kept.rename(right)


def plant(study: Study, random: Random) -> None:
    """Leave a stray file, a copy of a run under the name of none, or another's receipt beside a receipt."""
    home = random.choice(homes(study))
    kind = random.choice(["file", "run", "receipt"])
    if kind == "file":
        (home / "notes.txt").write_text("not from here")
    elif kind == "run":
        shutil.copytree(home, study.folder / "runs" / "ghost" / "seed-99", dirs_exist_ok=True)
    else:
        other = random.choice(homes(study))
        shutil.copy(other / "receipt.json", home / "receipt.withdrawn.json")


def touch(study: Study, random: Random) -> None:
    moment = random.choice([10**9, time.time()])
    for path in random.choice(homes(study)).rglob("*"):
        if path.is_file():
            os.utime(path, (moment, moment))


def forget(study: Study, random: Random) -> None:
    shutil.rmtree(study.folder / random.choice([".snakemake", ".pipeline", "observed", "logs"]), ignore_errors=True)


def make_clean(study: Study, random: Random) -> None:
    study.run("make", "-f", str(ROOT / "Makefile"), "clean")


def prune(study: Study, random: Random) -> None:
    study.pipeline("step", *random.choice([("reclaim",), ("prune", *random.sample(ROOTS, 2))]), check=False)


def partial(study: Study, random: Random) -> None:
    refuse_traceback(study.snakemake(*random.choice(PARTS), check=False))


def partial_dvc(study: Study, random: Random) -> None:
    study.dvc("repro", random.choice(["data", "train"]), check=False)


def relink(study: Study, random: Random) -> None:
    study.dvc("config", "cache.type", random.choice(["copy", "hardlink", "symlink", "reflink,copy"]))
    study.dvc("checkout", "--relink", *random.choice([[], ["--force"]]), check=False)


def commit(study: Study, random: Random) -> None:
    study.commit()


def check_out(study: Study, random: Random) -> None:
    study.commit()
    commits = study.git("log", "--all", "--format=%H", "--", "plan/plan.json", "params.yaml", "src").split()[:-1]
    study.git("checkout", "-q", random.choice(commits[:6]))
    if random.random() < 0.5:
        study.dvc("checkout", *random.choice([[], ["--force"]]), check=False)


def kill(study: Study, random: Random) -> None:
    """Kill a run with all its processes at some moment, half of the time just as an artefact comes to stand."""
    before, end, eager = homes(study), time.monotonic() + random.uniform(0.5, 10), random.random() < 0.5
    process = study.start(*random.choice([("snakemake", "--cores", "2"), ("dvc", "repro")]))

    def is_the_moment() -> bool:
        ended = process.poll() is not None or time.monotonic() >= end
        return ended or (eager and bool(set(homes(study)) - set(before)))

    wait_until(is_the_moment, "the moment of a kill", every=0.005)
    with contextlib.suppress(ProcessLookupError):  # it has ended
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def two_at_once(study: Study, random: Random) -> None:
    """Start a second run at some moment of the first; it refuses, unless the first has ended before."""
    process = study.begin("snakemake", "--cores", "1")
    time.sleep(random.uniform(0, 2))  # so that it meets the first anywhere, between its start and its jobs
    done = study.snakemake(check=False)
    refuse_traceback(done)
    process.wait()


def refuse_traceback(done: "subprocess.CompletedProcess[str]") -> None:
    """Raise AssertionError where a command ended in a traceback."""
    if "Traceback" in done.stderr:
        raise AssertionError(f"{' '.join(done.args[2:])}: {done.stderr[-2000:]}")
