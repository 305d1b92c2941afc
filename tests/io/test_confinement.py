"""What a job may touch, tried on the toy graph by processes that really are confined."""

import json
import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from tests.disks import small_disk
from tests.io.toy import FIRST, PACK, Toy, part

from pipeline.io.confinement import own_folders
from pipeline.io.jobs import OBSERVED, STATE, flat
from pipeline.io.places import beside, closed_places
from pipeline.io.receipts import RECEIPT, WITHDRAWN
from pipeline.io.sandbox import ENFORCED, NEWEST, newest, version

ROOT = Path(__file__).resolve().parents[2]
A, B = PACK
(PART,) = part("app.each:run")
CHILD = """
import os, subprocess, sys
from pathlib import Path
from tests.io.toy import Toy
from pipeline.io.confinement import Needs, confined
from pipeline.io.jobs import Performer

exec(sys.argv[5])

def during(task):
    path = sys.argv[2]
    if path and task.home.name.endswith(sys.argv[6]):
        exec(path)

toy = Toy(during=during)
needs = Needs("each", Path.cwd(), (Path("app"), Path(sys.argv[3])))
job = toy.jobs()[int(sys.argv[1])]
step, limit = toy.look().steps[job.step], int(sys.argv[4])
makers = lambda part, homes, reads: confined(needs, step, part, toy.make, homes, reads, limit=limit)
Performer(job, toy.look, makers, print).perform()
"""

pytestmark = pytest.mark.needs("landlock")


def perform(
    number: int, code: str = "", limit: int = NEWEST, before: str = "", at: str = "a", **environment: str
) -> subprocess.CompletedProcess[str]:
    """Perform a job of the toy graph, confined, code running before it and in the body of one of a pack."""
    return subprocess.run(
        [sys.executable, "-c", CHILD, str(number), code, str(ROOT / "tests"), str(limit), before, at],
        env={**os.environ, "PYTHONPATH": os.pathsep.join([str(ROOT), str(ROOT / "src")]), **environment},
        capture_output=True,
        text=True,
        check=False,
    )


def why_not(code: str, **environment: str) -> str:
    """Return why the first artefact of the pack was not made, the second having been kept."""
    shutil.rmtree(B, ignore_errors=True)
    done = perform(1, code, **environment)
    assert (Path(B) / WITHDRAWN).exists(), done.stderr
    return done.stderr.strip().splitlines()[-1].partition(f"{A}: ")[2]


def test_a_confined_job_makes_the_same_bytes_and_says_that_it_was_confined(fresh: Toy, tmp_path: Path) -> None:
    fresh.build()
    names = [Path(home) / name for home in (FIRST, *PACK) for name in (RECEIPT, "value.json")]
    expected = {path: path.read_bytes() for path in names}
    for home in ("data", "runs", ".pipeline", "observed"):
        shutil.rmtree(home)
    for number in (0, 1):
        done = perform(number)
        assert done.returncode == 0, done.stderr
        assert f"confinement: {ENFORCED} {version()}" in done.stdout
    assert {path: path.read_bytes() for path in names} == expected
    facts = json.loads((OBSERVED / "artefacts" / "runs__a.json").read_text())
    assert facts["confinement"] == f"{ENFORCED} {version()}"
    assert not any((STATE / "tmp").iterdir())


@pytest.mark.parametrize("kind", ["symlink", "a folder elsewhere"])
def test_declared_files_that_are_links_are_open_and_what_lies_beside_their_content_is_not(
    kind: str, toy: Toy, tmp_path_factory: pytest.TempPathFactory
) -> None:
    cache = tmp_path_factory.mktemp("cache")
    (cache / "other").write_text("of another artefact")
    value = Path(FIRST) / "value.json"
    if kind == "symlink":
        value.replace(cache / "content")
        value.symlink_to(cache / "content")
    else:
        Path(FIRST).replace(cache / "first")
        Path(FIRST).symlink_to(cache / "first")
    shutil.rmtree("runs")
    opening = f"Path({str(value)!r}).read_text(); Path({str(cache / 'other')!r}).read_text()"
    assert why_not(opening).startswith(f"each reads {cache}/other, which it does not declare")


@pytest.mark.parametrize("path", ["source.txt", ".pipeline/journal.jsonl", "../beside.txt", "observed/note.json"])
def test_nothing_of_the_study_but_what_is_declared_is_open(path: str, toy: Toy) -> None:
    Path(path).write_text("{}") if not Path(path).exists() else None
    shutil.rmtree("runs")
    assert "each reads " in why_not(f"Path({path!r}).read_text()")


def test_a_pack_does_not_read_an_artefact_that_it_does_not_make_nor_write_to_one(toy: Toy) -> None:
    Path("runs/c").mkdir()
    (Path("runs/c") / "value.json").write_text("{}")
    shutil.rmtree(A)
    assert why_not("Path('runs/c/value.json').read_text()").startswith("each reads runs/c/value.json")
    assert why_not("Path('runs/c/value.json').write_text('')").startswith("each ")
    assert why_not("Path('data/first/value.json').write_text('')").startswith("each writes data/first/value.json")
    assert (Path("runs/c") / "value.json").read_text() == "{}"


def test_what_was_signed_is_out_of_reach_of_the_bodies_after_it(toy: Toy) -> None:
    shutil.rmtree("runs")
    signed = [Path(A) / "value.json", Path(A) / RECEIPT]
    tries = [f"Path({str(path)!r}).write_text('')" for path in (*signed, Path(A) / WITHDRAWN)]
    tries += [f"Path({str(signed[0])!r}).unlink()", f"(task.home.parent / {flat(A)!r} / 'value.json').write_text('')"]
    refused = "\n".join(f"try:\n    {each}\n    raise SystemExit('cheat')\nexcept OSError: pass" for each in tries)
    done = perform(1, refused, at="b")
    assert done.returncode == 0, done.stderr
    assert all(toy.look().check(home) for home in PACK)


def test_a_body_cannot_put_a_link_where_the_next_one_builds(toy: Toy, tmp_path_factory: pytest.TempPathFactory) -> None:
    other = tmp_path_factory.mktemp("other")
    (other / "kept").write_text("kept")
    shutil.rmtree("runs")
    next_one = f"task.home.parent.with_name({flat(B)!r})"
    done = perform(1, f"{next_one}.rename('away'); {next_one}.symlink_to({str(other)!r})")
    assert f"{A}: each " in done.stderr
    assert (Path(B) / WITHDRAWN).exists(), done.stderr
    assert [path.name for path in other.iterdir()] == ["kept"]


def test_a_job_that_is_told_to_end_ends_by_that_signal(toy: Toy) -> None:
    shutil.rmtree("runs")
    done = perform(1, "import signal; os.kill(os.getpid(), signal.SIGTERM)")
    assert done.returncode == -signal.SIGTERM, done.stderr
    assert not list(Path("runs").rglob(RECEIPT))


def test_a_person_s_settings_and_temporary_files_are_not_those_of_a_job(toy: Toy, tmp_path: Path) -> None:
    home = tmp_path / "home"
    home.mkdir()
    (home / ".netrc").write_text("secret")
    shutil.rmtree("runs")
    own = "assert not (Path.home() / '.netrc').exists(); Path(os.environ['TMPDIR'], 'x').write_text('')"
    assert perform(1, own, HOME=str(home)).returncode == 0
    shutil.rmtree("runs")
    assert "home/.netrc" in why_not(f"Path({str(home / '.netrc')!r}).read_text()", HOME=str(home))


def test_no_variable_of_a_person_reaches_a_body_but_those_that_find_libraries_and_set_threads(
    toy: Toy, tmp_path: Path
) -> None:
    shutil.rmtree("runs")
    personal = dict.fromkeys(
        ("MATPLOTLIBRC", "TMP", "XDG_CACHE_HOME", "HF_HOME", "AWS_SECRET_ACCESS_KEY"), str(tmp_path)
    )
    code = f"assert not set({list(personal)!r}) & set(os.environ); assert os.environ['OMP_NUM_THREADS'] == '3'"
    done = perform(1, code, **personal, OMP_NUM_THREADS="3")
    assert done.returncode == 0, done.stderr


def test_what_a_killed_job_left_in_its_own_folder_is_not_there_for_the_next(fresh: Toy) -> None:
    left = own_folders([A], PART) / "left"
    left.write_text("")
    assert own_folders([A, B], PART) == left.parent
    assert not left.exists()
    assert own_folders([B], PART) != left.parent


NAMED = """
import threading
task = Path("/proc/{owner}/task")
ended = threading.Event()
thread = threading.Thread(target=ended.wait)
thread.start()
try:
    name = task / str(thread.native_id if {own} else {owner}) / "comm"
    with open(os.open(name, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o666), "w") as file:
        file.write("named")
    assert name.read_text() == "named\\n"
finally:
    ended.set()
"""


def test_a_job_may_name_its_own_threads_as_cuda_does_and_nobody_else_s(toy: Toy) -> None:
    shutil.rmtree("runs")
    done = perform(1, NAMED.replace("{owner}", "self").replace("{own}", "True"))
    assert done.returncode == 0, done.stderr
    shutil.rmtree("runs")
    other = NAMED.replace("{owner}", str(os.getpid())).replace("{own}", "False")
    assert f"each writes /proc/{os.getpid()}/task/{os.getpid()}/comm" in why_not(other)


def test_what_came_true_is_put_back_beside_what_is_made(toy: Toy) -> None:
    (Path(B) / RECEIPT).rename(Path(B) / WITHDRAWN)
    shutil.rmtree(A)
    assert perform(1).returncode == 0
    assert toy.made() == [A]
    assert all(toy.look().check(home) for home in PACK)


def test_an_error_that_is_no_refusal_is_told_as_it_is(toy: Toy) -> None:
    shutil.rmtree("runs")
    assert why_not("subprocess.run(['cat', 'nothing'], check=True)").startswith("CalledProcessError: ")
    assert why_not("open('data/first/nothing')").startswith("FileNotFoundError: ")


@pytest.mark.parametrize("name", ["LD_LIBRARY_PATH", "TMPDIR", "XDG_CACHE_HOME", "HOME", "PYTHONUSERBASE"])
def test_no_variable_of_a_user_opens_what_is_closed(name: str, toy: Toy) -> None:
    shutil.rmtree("runs")
    assert "each reads source.txt" in why_not("Path('source.txt').read_text()", **{name: str(Path.cwd())})


def test_a_job_that_only_puts_receipts_back_is_not_confined_at_all(toy: Toy) -> None:
    for home in PACK:
        (Path(home) / RECEIPT).rename(Path(home) / WITHDRAWN)
    done = perform(1)
    assert done.returncode == 0, done.stderr
    assert "confinement" not in done.stdout


def test_an_artefact_on_another_disk_is_copied_into_place(toy: Toy, tmp_path: Path) -> None:
    shutil.rmtree("runs")
    with small_disk(Path("runs"), "1m"):
        done = perform(1)
        assert done.returncode == 0, done.stderr
        assert (Path(A) / RECEIPT).exists()


NESTED = """
from pipeline.io.sandbox import READ, RUN, WRITE, restrict
for _ in range(16):
    restrict({Path("/"): READ | RUN | WRITE}, network=True)
"""


def test_a_job_that_could_be_confined_and_is_not_fails_and_nothing_of_it_runs(toy: Toy) -> None:
    shutil.rmtree("runs")
    done = perform(1, "Path('ran').touch()", before=NESTED)  # the kernel nests sixteen times, and no more
    said = "each: could not be confined, though this kernel can (Argument list too long); nothing of it was run"
    assert done.returncode
    assert said in done.stderr
    assert not Path("runs").exists() or not any(Path("runs").iterdir())


@pytest.mark.parametrize("limit", range(1, max(newest(), 2)))
def test_older_kernels_confine_a_job_as_far_as_they_can(limit: int, toy: Toy) -> None:
    shutil.rmtree("runs")
    done = perform(1, limit=limit)
    assert done.returncode == 0, done.stderr
    assert f"confinement: {ENFORCED} {limit}" in done.stdout
    assert all(toy.look().check(home) for home in PACK)


def test_a_system_folder_that_holds_a_closed_one_is_opened_around_it(tmp_path: Path) -> None:
    for name in ("usr/bin", "usr/src/app/data", "usr/src/other", "usr/share"):
        (tmp_path / name).mkdir(parents=True)
    opened = set(beside([tmp_path / "usr"], {tmp_path / "usr/src/app"}))
    assert opened == {tmp_path / name for name in ("usr/bin", "usr/src/other", "usr/share")}
    assert set(beside([tmp_path / "usr"], set())) == {tmp_path / "usr"}


def test_caches_and_remotes_of_dvc_are_closed_wherever_they_are(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path(".dvc").mkdir()
    Path(".dvc/config").write_text("[core]\n    remote = far\n['remote \"far\"']\n    url = ../../far\n")
    Path(".dvc/config.local").write_text("[cache]\n    dir = /opt/cache\n['remote \"cloud\"']\n    url = s3://bucket\n")
    found = closed_places(tmp_path)
    assert {tmp_path.parent / "far", Path("/opt/cache"), tmp_path} <= found
    assert not any("bucket" in str(path) for path in found)
