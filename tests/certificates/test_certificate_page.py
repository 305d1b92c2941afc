"""A certificate for people: complete, escaped, and with a command that works."""

import re
import subprocess
from pathlib import Path

import pytest
from tests.certificates.rebuilds import Fields, diverged, key, sampled, verification

from pipeline.certifying import PAGES, certify

EVIL = '<script>alert("x")</script> [here](javascript:1) `a` | b\n# c'


def both(path: Path) -> tuple[str, str]:
    return (PAGES / f"{path.stem}.html").read_text(), (PAGES / f"{path.stem}.md").read_text()


def test_pages_say_what_was_rebuilt_where_and_what_that_does_not_show(manifest: Fields) -> None:
    html, markdown = both(certify(verification(manifest), key("ada")))
    for page in (html, markdown.replace("\\", "")):
        assert "Rebuilt: identical" in page
        assert "counts as an independent rebuild" in page
        assert manifest["commit"] in page
        assert "6 artefacts, 15 files" in page
        assert "signed by ada, SHA256:" in page
        assert "61.5 s, 118.25 s of CPU" in page
        assert "a mistake in the code is rebuilt as faithfully" in page
    steps = re.findall(r"^\| (\w+) \| 1 identical \|$", markdown, re.MULTILINE)
    assert steps == ["fetch", "select", "train", "evaluate", "analyse", "report"]


def test_pages_say_what_a_sample_leaves_out(manifest: Fields) -> None:
    result = sampled(verification(manifest), ["data/raw", "runs/full/seed-10"])
    result["scope"]["choices"] = "as recorded"
    result["environment"]["differences"] = ["numpy 2.0 is not 1.0"]
    html, markdown = both(certify(result))
    for page in (html.replace("&#39;", "'"), markdown.replace("\\", "")):
        assert "unsigned: there is no signature" in page
        assert "3 of the study's 4 claims rest on what was not rebuilt." in page
        assert "4 recorded artefacts were not rebuilt, analysis among them." in page
        assert "taken as recorded, not selected anew" in page
        assert "The environment differed: numpy 2.0 is not 1.0" in page


def test_pages_show_the_first_difference(manifest: Fields) -> None:
    html, markdown = both(certify(diverged(verification(manifest), "analysis", "metrics.json"), key("ada")))
    for page in (html, markdown.replace("\\", "")):
        assert "Rebuilt: diverged" in page
        assert "not identical: its verdict is diverged" in page
        assert "analysis: diverged: metrics.json differs" in page
        assert "step: 100" in page


def test_what_a_certificate_says_is_escaped(manifest: Fields) -> None:
    result = diverged(verification(manifest, network=EVIL), "analysis", "metrics.json")
    result["artefacts"]["analysis"]["detail"] = EVIL
    result["first_difference"] = {EVIL: EVIL}
    result["machine"] = {"architecture": EVIL}
    html, markdown = both(certify(result, key("ada")))
    markdown = re.sub(r"```sh\n.*\n```", "", markdown)
    assert "<script" not in html
    assert "&lt;script&gt;" in html
    assert not re.search(r"(?<!\\)<", markdown)
    assert not re.search(r"(?<!\\)\]\(", markdown)
    assert "\n# c" not in markdown


@pytest.mark.parametrize("is_true", [True, False])
def test_the_command_that_the_page_names_checks_the_signature(manifest: Fields, is_true: bool) -> None:
    path = certify(verification(manifest), key("ada"))
    _, markdown = both(path)
    if not is_true:
        path.write_bytes(path.read_bytes() + b" ")
    command = re.search(r"```sh\n(.*)\n```", markdown)
    assert command is not None
    done = subprocess.run(["bash", "-c", command[1]], capture_output=True, text=True, check=False)
    assert (done.returncode == 0) == is_true
    assert ("Good" in done.stdout) == is_true


def test_the_command_that_the_page_names_believes_no_key_that_is_not_known(manifest: Fields) -> None:
    key("ada")
    command = re.search(r"```sh\n(.*)\n```", both(certify(verification(manifest), key("stranger", knows=False)))[1])
    assert command is not None
    assert subprocess.run(["bash", "-c", command[1]], capture_output=True, check=False).returncode != 0
