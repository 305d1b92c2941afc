"""No name of a machine or a user, and no absolute path, in what is published."""

import getpass
import json
import platform
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
        assert not [secret for secret in secrets if secret in file.read_text()], file
    assert json.loads(path.read_bytes())["predicate"]["scope"]["targets"] == ["(path)"]
