"""Steps that open what they do not declare: the kernel refuses it, and tracing names it; honest ones notice nothing."""

import json
import re
import shutil
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.study import DATA, Study, copy_of

from pipeline.io.confinement import Needs, allow_list
from pipeline.io.jobs import STATE
from pipeline.io.sandbox import ENFORCED, Access, version
from pipeline.study_code import STAGES, parts_of

HELD_OUT = "data/held_out/held_out.safetensors"
PREDICTIONS = "analysis/predictions.parquet"
CACHED = ".dvc/cache/files/md5/ab/cdef"
RUNS = [
    *(f"full/seed-{seed}" for seed in range(10, 16)),
    *(f"minus_small_leaves/seed-{seed}" for seed in range(10, 16)),
]
HONEST = "nearest_neighbours/fixed"
PLANTED = """

def planted(name: str) -> None:
    import json
    import mmap
    import socket
    import subprocess

    def child(path: str) -> None:
        subprocess.run(["cat", path], check=True, capture_output=True)

    def parquet(path: str) -> None:
        import pyarrow.parquet

        pyarrow.parquet.read_table(path)

    def arrow(path: str) -> None:
        import pyarrow

        pyarrow.memory_map(path).read()

    def safetensors(path: str) -> None:
        from safetensors.numpy import load_file

        load_file(path)

    def connect(port: str) -> None:
        socket.create_connection(("127.0.0.1", int(port)))

    ways = {{
        "open": lambda path: open(path, "rb").read(),
        "shell": lambda path: subprocess.run(f"cat {{path}} > /dev/null", shell=True, check=True),
        "child": child, "parquet": parquet, "arrow": arrow, "safetensors": safetensors, "connect": connect,
    }}
    plan = json.loads({plan!r})
    if name in plan:
        way, path = plan[name]
        ways[way](path)
        raise RuntimeError("was not refused")
"""

pytestmark = pytest.mark.needs("landlock")


@pytest.fixture(scope="module")
def server() -> Iterator[socket.socket]:
    """Return a server on this machine, to which no step may connect."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        yield listening


@pytest.fixture(scope="module")
def plan(server: socket.socket, tmp_path_factory: pytest.TempPathFactory) -> dict[str, tuple[str, str]]:
    """Return {run: way to open, path} of what training is made to open."""
    beside = tmp_path_factory.mktemp("beside")
    for name in ("remote/files", "home/.netrc"):
        (beside / name).parent.mkdir()
        (beside / name).write_text("secret")
    ways = [
        ("open", HELD_OUT),
        ("safetensors", HELD_OUT),
        ("arrow", HELD_OUT),
        ("child", HELD_OUT),
        ("parquet", PREDICTIONS),
        ("open", "data/raw/raw.safetensors"),
        ("open", CACHED),
        ("open", str(beside / "remote/files")),
        ("open", str(beside / "home/.netrc")),
        ("shell", "evaluations/full/seed-10/predictions.safetensors"),
        ("connect", str(server.getsockname()[1])),
        ("open", "plan.secret"),
    ]
    return dict(zip(RUNS, ways, strict=True))


@pytest.fixture(scope="module")
def dishonest(built: Study, plan: dict[str, tuple[str, str]], tmp_path_factory: pytest.TempPathFactory) -> Study:
    """Return a built study whose training step was then made to open what it does not declare."""
    study = copy_of(built, tmp_path_factory.mktemp("dishonest") / "study")
    (study.folder / CACHED).parent.mkdir(parents=True)
    for name in (CACHED, "plan.secret"):
        (study.folder / name).write_text("secret")
    train = study.folder / "src/pipeline/stages/train.py"
    text, number = re.subn(
        r'(Resumes from scratch[^"]*"""\n)', r'\1    planted(home.name.removeprefix("runs__").replace("__", "/"))\n',
        train.read_text(), count=1,
    )  # fmt: skip
    assert number == 1
    train.write_text(text + PLANTED.format(plan=json.dumps(plan)))
    return study


@pytest.fixture(scope="module")
def failures(dishonest: Study, plan: dict[str, tuple[str, str]]) -> dict[str, str]:
    """Return why each run failed, in a run of the graph that trains them all."""
    folder = copy_of(dishonest, dishonest.folder.with_name("confined"))
    done = folder.snakemake(
        "trained",
        check=False,
    )
    assert done.returncode
    assert (folder.folder / "runs" / HONEST / "receipt.withdrawn.json").exists()
    told = re.findall(r"^failed: ((?:runs/\S+ ?)+): (.*)$", done.stderr, re.MULTILINE)
    return {home: reason for homes, reason in told for home in homes.split()}


@pytest.mark.slow
def test_whatever_training_opens_undeclared_fails_in_one_line_that_names_it(
    failures: dict[str, str], plan: dict[str, tuple[str, str]]
) -> None:
    for run, (way, path) in plan.items():
        said = failures[f"runs/{run}"]
        if way == "connect":
            assert said.startswith("train uses a file or the network without declaring it; the kernel refused it")
        else:
            assert said.startswith(f"train reads {path}, which it does not declare; the kernel refused it"), (way, said)


@pytest.mark.slow
@pytest.mark.needs("strace")
def test_tracing_names_what_training_opens_undeclared_where_nothing_refuses_it(
    dishonest: Study, plan: dict[str, tuple[str, str]]
) -> None:
    chosen = [run for run in plan if plan[run][0] not in ("open", "shell")] + [RUNS[0], RUNS[6], RUNS[8]]
    before = dishonest.artefacts()
    done = dishonest.pipeline(
        "verify", "--trace", "--json", *(f"runs/{run}/receipt.json" for run in chosen), check=False
    )
    assert done.returncode == 1, done.stderr
    found = json.loads(done.stdout)["artefacts"]
    for run in chosen:
        way, path = plan[run]
        opened = f"network: 127.0.0.1 port {path}" if way == "connect" else str((dishonest.folder / path).resolve())
        assert found[f"runs/{run}"]["undeclared"] == [opened]
        assert found[f"runs/{run}"]["failed"] == "RuntimeError: was not refused"
    assert dishonest.artefacts() == before
    assert not any((dishonest.folder / ".pipeline/trace").iterdir())


@pytest.mark.slow
@pytest.mark.needs("strace")
def test_tracing_finds_that_honest_steps_read_what_they_declare_and_nothing_else(built: Study, tmp_path: Path) -> None:
    study = copy_of(built, tmp_path / "study")  # others copy that one meanwhile
    homes = ["data/raw", "data/splits", "choices/full", "runs/full/seed-10", "evaluations/full/seed-10", "results"]
    said = study.pipeline("verify", "--trace", *homes).stdout.splitlines()
    assert len(said) == len(homes)
    for home, line in zip(homes, said, strict=True):
        assert re.fullmatch(rf"{home}: traced: read [1-9].*, nothing else", line), line


@pytest.mark.slow
def test_confinement_changes_no_byte_and_where_it_is_missing_the_observed_page_says_so(
    built: Study, tmp_path: Path
) -> None:
    page = (built.folder / "observed/index.html").read_text()
    assert "Confined by the kernel to what they declare: 42 of 42." in page
    study = copy_of(built, tmp_path / "study")
    for name in (*DATA, "choices", "runs", "evaluations", "analysis", "results"):
        shutil.rmtree(study.folder / name)
    shutil.rmtree(study.folder / ".pipeline")
    sandbox = study.folder / "src/pipeline/io/sandbox.py"
    head, name, rest = sandbox.read_text().partition("def version() -> int:\n")
    first, quotes, body = rest.partition('none."""\n')
    sandbox.write_text(f"{head}{name}{first}{quotes}    raise OSError(38, 'this kernel has no Landlock')\n{body}")
    study.snakemake()
    assert len(study.made()) == 42
    assert study.artefacts() == built.artefacts()
    page = (study.folder / "observed/index.html").read_text()
    assert "0 of 42; 42 not enforced: this kernel has no Landlock." in page


@pytest.mark.slow
def test_inputs_that_are_links_into_dvc_s_cache_are_read_and_the_rest_of_the_cache_is_not(
    built: Study, tmp_path: Path
) -> None:
    study = copy_of(built, tmp_path / "study")
    study.dvc("cache", "dir", "../cache")
    study.dvc("config", "cache.type", "symlink")
    study.dvc("commit", "--force")
    study.dvc("checkout", "--relink", "--force")
    assert (study.folder / "data/splits/splits.safetensors").is_symlink()
    study.change("search.spaces.nearest_neighbours.neighbours", {"integer": [1, 8]})
    study.forget()
    study.snakemake("choices/nearest_neighbours/receipt.json")
    assert study.made() == {"choices/nearest_neighbours"}


@pytest.mark.parametrize(
    ("closed", "let"),
    [
        (HELD_OUT, {("evaluate", "run")}),
        ("data/held_out_labels/labels.safetensors", {("evaluate", "score")}),
        ("choices/full/trials.json", {("analyse", "run")}),
        ("data/validation_labels/labels.safetensors", {("select", "score"), ("train", "score"), ("analyse", "run")}),
    ],
)
def test_what_predicts_is_let_at_no_label_it_is_scored_by_and_only_the_job_that_evaluates_at_what_is_held_out(
    built: Study, monkeypatch: pytest.MonkeyPatch, closed: str, let: set[tuple[str, str]]
) -> None:
    monkeypatch.chdir(built.folder)
    readers = set()
    for path in sorted(built.folder.rglob("receipt.json")):
        stated = json.loads(path.read_text())
        needs = Needs(stated["step"], built.folder, (Path("src"),), network=True)
        for part in parts_of(STAGES[stated["step"]]):
            allowed = allow_list(needs, part, [stated["artefact"]], part.opens(stated["reads"]), STATE)
            open_places = {place.resolve() for place, access in allowed.items() if access & Access.READ_FILE}
            there = (built.folder / closed).resolve()
            if open_places & {there, *there.parents}:
                readers.add((stated["step"], part.name))
    assert readers == let


def test_every_job_notes_that_it_was_confined_beside_its_artefact_and_not_in_it(built: Study) -> None:
    noted = [json.loads(path.read_text()) for path in (built.folder / "observed/artefacts").glob("*.json")]
    assert {fact["confinement"] for fact in noted} == {f"{ENFORCED} {version()}"}
    assert not any(b"landlock" in content for content in built.artefacts().values())
