"""Every study of this repository, built from nothing, recorded, and rebuilt in an empty room: part of `make soak`.

    python -m tests.workflow.every_study [NAME ...]

Takes hours. A line a study; exits with 1 where one is not rebuilt to the same bytes.
"""

import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import yaml
from tests.study import ROOT, Study


def studies() -> list[str]:
    """Return the folders of the studies that this machine can run: the default one, and those beside it but GPU's."""
    beside = sorted(path.parent.relative_to(ROOT).as_posix() for path in ROOT.glob("studies/*/params.yaml"))
    return [name for name in (".", *beside) if device(name) == "cpu"]


def device(name: str) -> str:
    """Return what a study computes on: cpu or cuda."""
    return str(yaml.safe_load((ROOT / name / "params.yaml").read_text(encoding="utf-8"))["compute"]["device"])


def rebuilt(name: str, folder: Path) -> str:
    """Build, record and verify a study in a clone; return the verdict of `pipeline verify`."""
    subprocess.run(["git", "clone", "-q", str(ROOT), str(folder)], check=True)
    study = Study(folder / name, warm=False)
    study.git("config", "user.name", "A Scientist")
    study.git("config", "user.email", "scientist@example.org")
    study.snakemake()
    study.pipeline("record")
    said = study.pipeline("verify", "--json", check=False).stdout
    return str(json.loads(said)["verdict"])


def main() -> None:
    """Rebuild the studies that are named, all by default."""
    wrong = []
    for name in sys.argv[1:] or studies():
        started = time.monotonic()
        with tempfile.TemporaryDirectory() as folder:
            verdict = rebuilt(name, Path(folder) / "clone")
        print(f"{name}: {verdict}, {time.monotonic() - started:.0f} s", flush=True)
        wrong += [name] if verdict != "identical" else []
    sys.exit(f"not the same bytes: {', '.join(wrong)}" if wrong else 0)


if __name__ == "__main__":
    main()
