"""Random histories of edits, with a from-scratch build as the oracle: `make soak STEPS=60 SEED=1`.

A step does something to a checkout, then brings it up to date with Snakemake or DVC. Every artefact that the
study calls for must then be, byte for byte, what a build of the same sources in an empty clone gives; and no
step's body may have run for an artefact that was already that.
"""

import argparse
import hashlib
import json
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from tests.study import MINIATURE, Study, checkout, copy_of, write_source

SMALL = json.loads(json.dumps(MINIATURE))
SMALL["study"]["alpha"] = 0.2
SMALL["seeds"]["final"] = [10, 11, 12, 13]
ROOTS = ("data/raw", "data/splits", "data/held_out", "choices", "runs", "evaluations", "analysis", "results")
SOURCES = ("params.yaml", "plan/plan.json", "Snakefile", "requirements.lock", "data/source/rows.npz")


class Oracle:
    """From-scratch builds, one for each state of the sources."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.known: dict[str, dict[str, bytes]] = {}

    def of(self, study: Study) -> dict[str, bytes]:
        """Return what an empty clone with the same sources builds."""
        key = sources_digest(study)
        if key not in self.known:
            empty = copy_of(study, self.folder / key[:16])
            for name in (*ROOTS, ".pipeline", ".snakemake", "logs", "observed"):
                shutil.rmtree(empty.folder / name, ignore_errors=True)
            empty.snakemake()
            self.known[key] = empty.artefacts()
            shutil.rmtree(empty.folder)
        return self.known[key]


def sources_digest(study: Study) -> str:
    """Return a digest of all that results may depend on, what is committed of the plan included."""
    paths = [study.folder / name for name in SOURCES] + sorted((study.folder / "src").rglob("*"))
    state = hashlib.sha256(study.run("git", "show", "HEAD:plan/plan.json", check=False).stdout.encode())
    for path in paths:
        if path.is_file() and "__pycache__" not in path.parts:
            state.update(f"{path.relative_to(study.folder)}\0".encode() + path.read_bytes())
    return state.hexdigest()


def called_for(study: Study) -> dict[str, bytes]:
    """Return the files of every artefact whose receipt stands, receipts included."""
    found = {}
    for root in ROOTS:
        for receipt in (study.folder / root).rglob("receipt.json"):
            for path in receipt.parent.rglob("*"):
                if path.is_file():
                    found[path.relative_to(study.folder).as_posix()] = path.read_bytes()
    return found


def homes(study: Study, random_: random.Random) -> Path:
    """Return the directory of some artefact."""
    return random_.choice([path.parent for root in ROOTS for path in (study.folder / root).rglob("receipt.json")])


def edit(path: Path, before: str, after: str) -> None:
    """Replace a text wherever it stands, in either direction."""
    text = path.read_text()
    path.write_text(text.replace(before, after) if before in text else text.replace(after, before))


def change_parameter(study: Study, random_: random.Random) -> None:
    study.change("method.min_samples_leaf", random_.choice([1, 2, 3]))


def change_search(study: Study, random_: random.Random) -> None:
    study.change("search.trials", random_.choice([1, 2]))


def change_title(study: Study, random_: random.Random) -> None:
    study.change("study.title", random_.choice(["A miniature", "Another"]))


def change_seeds(study: Study, random_: random.Random) -> None:
    study.change("seeds.final", sorted(random_.sample(range(10, 18), random_.choice([4, 5]))))


def change_variants(study: Study, random_: random.Random) -> None:
    study.change("variants", random_.choice([{}, {"large": {"min_samples_leaf": 9}}]))


def change_code(study: Study, random_: random.Random) -> None:
    source = study.folder / "src" / "pipeline" / "science"
    file, before, after = random_.choice(
        [
            ("metrics.py", "predicted == labels) / labels.size", "predicted == labels) / float(labels.size)"),
            ("models/random_forest.py", "import RandomForestClassifier\n", "import RandomForestClassifier  \n\n"),
            ("estimators.py", "0xFFFFFFFF", "0x0FFFFFFF"),
            ("statistics.py", "DECIMALS = 12", "DECIMALS = 11"),
            ("conclusions.py", "round(sd, 6)", "round(sd, 5)"),
        ]
    )
    edit(source / file, before, after)


def change_comment(study: Study, random_: random.Random) -> None:
    files = sorted((study.folder / "src" / "pipeline").rglob("*.py"))
    path = random_.choice(files)
    path.write_text(path.read_text() + f"# {random_.random()}\n")


def change_data(study: Study, random_: random.Random) -> None:
    study.change(
        "data.sha256", write_source(study.folder / "data" / "source" / "rows.npz", seed=random_.choice([0, 1]))
    )


def lock_plan(study: Study, random_: random.Random) -> None:
    study.pipeline("plan", "--lock")


def corrupt(study: Study, random_: random.Random) -> None:
    path = random_.choice([path for path in homes(study, random_).rglob("*") if path.is_file()])
    stat = path.stat()
    content = bytearray(path.read_bytes())
    content[random_.randrange(len(content))] ^= 1 << random_.randrange(8)
    path.unlink()
    path.write_bytes(bytes(content))
    if random_.random() < 0.5:
        os.utime(path, ns=(stat.st_atime_ns, stat.st_mtime_ns))


def delete(study: Study, random_: random.Random) -> None:
    home = homes(study, random_)
    if random_.random() < 0.5:
        shutil.rmtree(home)
    else:
        random_.choice([path for path in home.rglob("*") if path.is_file()]).unlink()


def swap(study: Study, random_: random.Random) -> None:
    runs = [path.parent for path in (study.folder / "runs").rglob("receipt.json")]
    left, right = random_.sample(runs, 2)
    kept = study.folder / ".swap"
    left.rename(kept)
    right.rename(left)
    kept.rename(right)


def touch(study: Study, random_: random.Random) -> None:
    for path in homes(study, random_).rglob("*"):
        path.touch()


def forget_snakemake(study: Study, random_: random.Random) -> None:
    shutil.rmtree(study.folder / ".snakemake", ignore_errors=True)


def partial(study: Study, random_: random.Random) -> None:
    study.snakemake(random_.choice(["prepared", "trained", "analysis/receipt.json", "-n"]), check=False)


def touched_by_snakemake(study: Study, random_: random.Random) -> None:
    study.snakemake("--touch", check=False)


def killed(study: Study, random_: random.Random) -> None:
    command = [sys.executable, "-m", "snakemake", "--cores", "2"]
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    process = subprocess.Popen(
        command,
        cwd=study.folder,
        start_new_session=True,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        env={**os.environ, "PATH": path},
    )
    time.sleep(random_.uniform(1, 12))
    os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def commit(study: Study, random_: random.Random) -> None:
    study.commit()


def checked_out(study: Study, random_: random.Random) -> None:
    study.commit()
    commits = study.git("log", "--all", "--format=%H", "--", "plan/plan.json", "params.yaml", "src").split()[:-1]
    study.git("checkout", "-q", random_.choice(commits[:6]))
    if random_.random() < 0.5:
        study.dvc("checkout", check=False)


ACTIONS: list[Callable[[Study, random.Random], None]] = [
    change_parameter,
    change_search,
    change_title,
    change_seeds,
    change_variants,
    change_code,
    change_code,
    change_comment,
    change_data,
    lock_plan,
    corrupt,
    corrupt,
    delete,
    swap,
    touch,
    forget_snakemake,
    partial,
    touched_by_snakemake,
    killed,
    commit,
    checked_out,
    checked_out,
]


def needless(study: Study, before: dict[str, bytes], wanted: dict[str, bytes]) -> set[str]:
    """Return the artefacts whose body ran although they were, receipt and all, what they had to be."""
    found = set()
    for home in study.made():
        own = {name: content for name, content in wanted.items() if name.startswith(f"{home}/")}
        if own and all(before.get(name) == content for name, content in own.items()):
            found.add(home)
    return found


def everything(study: Study) -> dict[str, bytes]:
    """Return every artefact's files, a withdrawn receipt under the name it would stand by."""
    return {
        name.replace("receipt.withdrawn.json", "receipt.json"): content for name, content in study.artefacts().items()
    }


def soak(steps: int, seed: int) -> int:
    """Run random histories; return how many steps went wrong."""
    random_ = random.Random(seed)
    wrong = 0
    with tempfile.TemporaryDirectory() as name:
        study = checkout(Path(name) / "study", SMALL)
        if not (study.folder / ".dvc").is_dir():
            study.dvc("init", "-q")
        study.commit("Start")
        study.pipeline("plan", "--lock")
        oracle = Oracle(Path(name))
        study.snakemake()
        for number in range(steps):
            actions = random_.sample(ACTIONS, random_.choice([1, 1, 2, 3]))
            said = " + ".join(action.__name__ for action in actions)
            for action in actions:
                try:
                    action(study, random_)
                except (IndexError, ValueError):
                    continue  # nothing there to do it to
            wanted = oracle.of(study)
            before = everything(study)
            study.forget()
            engine = random_.choice(["snakemake", "snakemake", "snakemake", "dvc"])
            done = study.dvc("repro", check=False) if engine == "dvc" else study.snakemake(check=False)
            found = called_for(study)
            problems = [name for name in {*found, *wanted} if found.get(name) != wanted.get(name)]
            if engine == "dvc" and not problems:
                problems += [name for name in study.artefacts() if name not in wanted]
                status = study.dvc("status", check=False).stdout
                problems += [] if "up to date" in status else [f"dvc status: {status}"]
            extra = needless(study, before, wanted)
            verdict = "ok" if not problems and not extra and done.returncode == 0 else "WRONG"
            wrong += verdict == "WRONG"
            print(f"{number + 1:4} {verdict:5} {engine:9} made {len(study.made()):2}  {said}", flush=True)
            if verdict == "WRONG":
                print(f"     exit {done.returncode}; differ: {sorted(problems)[:6]}; needless: {sorted(extra)[:6]}")
                print("     " + "\n     ".join((done.stdout + done.stderr).strip().splitlines()[-12:]), flush=True)
                study.snakemake(check=False)
    print(f"{steps - wrong} passed, {wrong} failed")
    return wrong


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--steps", type=int, default=60)
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args()
    sys.exit(min(1, soak(arguments.steps, arguments.seed)))
