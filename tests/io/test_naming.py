"""No name of a machine or a user, and no absolute path, in what is published."""

import getpass
import json
import platform
import re
import sys
from pathlib import Path

import pytest
from tests.certificates.rebuilds import diverged, key, record, verification

from pipeline.certifying import PAGES, certify
from pipeline.io.naming import Nameless

OURS = Nameless(("/home/jane doe/study",), ("bigbox", "jane"), frozenset({"runs/jane"}))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("weights differ from step 100", "weights differ from step 100"),
        ("at /home/jane doe/study/runs/full, say", "at (path), say"),
        ("no '/usr/lib/x.so' (/opt)", "no '(path)' ((path))"),
        ("runs/full and 3/5 and n / m", "runs/full and 3/5 and n / m"),
        ("./here ../there", "./here ../there"),
        ("Jane on BIGBOX.", "(name) on (name)."),
        ("janet", "janet"),
        ("by http://10.0.0.1:80/x as jane@bigbox.lan", "by (address) as (address)"),
        ("runs/jane", "runs/jane"),
        ("of runs/jane", "of runs/(name)"),
    ],
)
def test_names_and_places_are_replaced_and_nothing_else(text: str, expected: str) -> None:
    assert OURS.value(text) == expected


def test_names_are_replaced_wherever_they_stand() -> None:
    assert OURS.value({"a": [1, None, "jane"], "/usr/x": {"b": "/usr/y"}}) == {
        "a": [1, None, "(name)"],
        "(path)": {"b": "(path)"},
    }


BASE64 = re.compile(r"(?:[A-Za-z0-9+/]{4}){2,}(?:[A-Za-z0-9+/]{2}(?:==|[A-Za-z0-9+/]=?))?")  # a line of a signature


def stands(secret: str, text: str) -> bool:
    """Tell whether a text holds a path, or a name as a word of its own: two letters may stand within a signature."""
    if "/" in secret:
        return secret in text
    words = "\n".join(line for line in text.splitlines() if not BASE64.fullmatch(line))
    return re.search(rf"(?<!\w){re.escape(secret)}(?!\w)", words) is not None


def test_a_name_is_found_where_it_stands_by_itself_and_not_within_a_signature() -> None:
    assert stands("vm", "made on vm.")
    assert stands("/usr/lib", "x/usr/lib64")
    assert stands("jane", "read /home/jane/x")
    assert not stands("vm", f"BEGIN\n{'A' * 30}+vm/{'A' * 30}\nAA+vm/AAQQ==\nEND")


def test_a_certificate_names_no_machine_no_user_and_no_place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("LOGNAME", "jane-the-user")
    secrets = [str(tmp_path), sys.prefix, platform.node(), getpass.getuser(), "/usr/lib", "secret-host"]
    said = f"made by {getpass.getuser()} on {platform.node()} at {tmp_path}/runs with {sys.prefix} and /usr/lib/x.so"
    result = diverged(verification(record(), network=said), "analysis", "metrics.json")
    result["artefacts"]["analysis"]["detail"] = said
    result["first_difference"]["detail"] = {"place": [said]}
    result["environment"] = {"checked": said, "differences": [said]}
    result["scope"] |= {"targets": [f"{tmp_path}/runs"], "rule": said}
    result["host"] = said
    path = certify(result, key("ada"))
    written = [path, path.with_name(f"{path.name}.sig"), *PAGES.glob("*")]
    assert len(written) == 4
    for file in written:
        assert not [secret for secret in secrets if stands(secret, file.read_text())], file
    assert json.loads(path.read_bytes())["predicate"]["scope"]["targets"] == ["(path)"]
