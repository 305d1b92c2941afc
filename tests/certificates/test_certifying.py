"""Honest certificates count; forged, edited, replayed, foreign and lying ones do not, each for a named reason."""

import json
import subprocess
from pathlib import Path
from typing import Any, get_args

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.certificates.rebuilds import (
    Fields,
    altered,
    commit,
    diverged,
    keep,
    key,
    know,
    record,
    sampled,
    verification,
)
from tests.study import Study

from pipeline import judging
from pipeline.base.canonical import canonical_json, file_digest
from pipeline.base.errors import CertificateError
from pipeline.certifying import FOLDER, PAGES, certificates, certified, certify, check, count, is_sound, render
from pipeline.io.certificates import PredicateType
from pipeline.io.signatures import NAMESPACE, sign


def reasons(manifest: Fields) -> list[Any]:
    return [one["reason"] for one in count(manifest)["certificates"]]


def forge(path: Path, with_key: Path, **predicate: Any) -> Path:
    """Add a certificate of another content than ours writes, properly named and signed; remove the honest one."""
    content = altered(path, **predicate)
    path.unlink()
    return keep(content, sign(content, with_key))


def test_three_honest_keys_count_three(manifest: Fields) -> None:
    for name in ("ada", "ben", "cleo"):
        certify(verification(manifest), key(name))
    found = count(manifest)
    assert found["verifiers"] == ["ada", "ben", "cleo"]
    assert len(found["classes"]) == 1
    assert found["text"] == "rebuilt identically by 3 verifiers (ada, ben, cleo) on 1 class of machine"
    assert is_sound(found)


def test_classes_of_machines_are_counted_apart_from_verifiers(manifest: Fields) -> None:
    ada = key("ada")
    certify(verification(manifest), ada)
    certify(verification(manifest, machine={"architecture": "other"}), ada)
    found = count(manifest)
    assert found["verifiers"] == ["ada"]
    assert len(found["classes"]) == 2
    assert "same verifier again" in found["text"]


def test_several_keys_under_one_name_are_one_verifier(manifest: Fields) -> None:
    certify(verification(manifest), key("ada"))
    second = key("spare", knows=False)
    know(second, "ada")
    certify(verification(manifest), second)
    assert count(manifest)["verifiers"] == ["ada"]
    assert "same verifier again" in reasons(manifest)


def test_an_unsigned_certificate_is_shown_and_not_counted(manifest: Fields) -> None:
    path = certify(verification(manifest))
    assert check(path)["reason"] == "unsigned"
    assert count(manifest)["verifiers"] == []
    assert "not counted: 1 unsigned" in count(manifest)["text"]
    assert "it does not count yet: there is no signature" in certified(verification(manifest), None)


def test_a_certificate_by_an_unknown_key_is_not_counted_until_it_is_known(manifest: Fields) -> None:
    stranger = key("stranger", knows=False)
    path = certify(verification(manifest), stranger)
    assert check(path)["reason"] == "unknown signer"
    key("ada")
    assert check(path)["reason"] == "unknown signer"
    assert count(manifest)["verifiers"] == []
    know(stranger, "stranger")
    assert count(manifest)["verifiers"] == ["stranger"]


def test_a_certificate_edited_after_signing_is_refused(manifest: Fields) -> None:
    path = certify(verification(manifest), key("ada"))
    path.write_bytes(altered(path, date="2001-01-01T00:00:00Z"))
    assert check(path)["reason"] == "edited"
    assert not is_sound(count(manifest))


def test_an_edited_certificate_under_its_proper_name_is_forged(manifest: Fields) -> None:
    path = certify(verification(manifest), key("ada"))
    signature = path.with_name(f"{path.name}.sig").read_bytes()
    found = keep(altered(path, date="2001-01-01T00:00:00Z"), signature)
    assert check(found)["reason"] == "forged"
    assert count(manifest)["verifiers"] == ["ada"]


def test_a_signature_of_another_namespace_is_forged(manifest: Fields) -> None:
    ada = key("ada")
    path = certify(verification(manifest))
    command = ["ssh-keygen", "-Y", "sign", "-q", "-n", "git", "-f", str(ada)]
    other = subprocess.run(command, input=path.read_bytes(), capture_output=True, check=True).stdout
    path.with_name(f"{path.name}.sig").write_bytes(other)
    assert check(path)["reason"] == "forged"


@pytest.mark.needs("ssh-keygen")
def test_garbage_for_a_signature_is_forged(manifest: Fields) -> None:
    path = certify(verification(manifest))
    path.with_name(f"{path.name}.sig").write_text("signed, honestly\n")
    assert check(path)["reason"] == "forged"


def test_a_copy_under_another_name_is_the_same_certificate(manifest: Fields) -> None:
    path = certify(verification(manifest), key("ada"))
    for suffix in ("", ".sig"):
        copied = FOLDER / f"0123456789ab.json{suffix}"
        copied.write_bytes(path.with_name(f"{path.name}{suffix}").read_bytes())
    assert sorted(map(str, reasons(manifest))) == ["None", "copied"]
    assert count(manifest)["verifiers"] == ["ada"]


def test_a_replayed_verification_counts_once_even_by_another_key(manifest: Fields) -> None:
    ben = key("ben")
    path = certify(verification(manifest), key("ada"))
    copied = altered(path, date="2099-01-01T00:00:00Z")
    keep(copied, sign(copied, ben))
    found = count(manifest)
    assert found["verifiers"] == ["ada"]
    assert [one["reason"] for one in found["certificates"]] == [None, "replayed"]
    assert f"has the nonce of {path.name}" in render(found)


def test_a_certificate_of_another_record_does_not_count_here(manifest: Fields) -> None:
    path = certify(verification(manifest), key("ada"))
    later = record(salt=" again")
    assert check(path)["reason"] == "another record"
    assert count(later)["verifiers"] == []


def test_a_certificate_of_a_commit_with_other_sources_does_not_count_here(manifest: Fields) -> None:
    ada = key("ada")
    same = commit("Only certificates")
    forge(certify(verification(manifest), ada), ada, commit=same)
    assert count(manifest)["verifiers"] == ["ada"]
    Path("params.yaml").write_text("seed: 2\n")
    ben = key("ben")
    found = forge(certify(verification(manifest), ben), ben, commit=commit("Change the study"))
    assert check(found)["reason"] == "another record"
    unknown = forge(certify(verification(manifest), ben), ben, commit="0" * 40)
    assert check(unknown)["reason"] == "another record"
    assert count(manifest)["verifiers"] == ["ada"]


def test_a_signed_rebuild_that_diverged_is_told_with_the_count(manifest: Fields) -> None:
    certify(verification(manifest), key("ada"))
    certify(diverged(verification(manifest), "analysis", "metrics.json"), key("ben"))
    assert count(manifest)["verifiers"] == ["ada"]
    assert count(manifest)["text"].endswith("by 1 verifier (ada) on 1 class of machine; diverged for ben")


def test_a_verdict_that_its_own_digests_deny_is_refused(manifest: Fields) -> None:
    ada = key("ada")
    honest = certify(diverged(verification(manifest), "analysis", "metrics.json"), ada)
    assert check(honest)["reason"] == "not identical"
    said = json.loads(honest.read_bytes())["predicate"]
    said["artefacts"]["analysis"] |= {"verdict": "identical", "recorded": {}}
    found = forge(honest, ada, verdict="identical", artefacts=said["artefacts"])
    assert check(found)["reason"] == "lying verdict"
    assert check(found)["detail"] == "analysis: says identical, but analysis/metrics.json differs"
    assert not is_sound(count(manifest))


def lie(manifest: Fields, name: str, ada: Path) -> Path:
    """Add a signed certificate that says more than its digests do."""
    path = certify(sampled(verification(manifest), ["data/raw", "analysis"]), ada)
    said = json.loads(path.read_bytes())["predicate"]
    raw, about = said["artefacts"]["data/raw"], said["artefacts"]
    changes: dict[str, Fields] = {
        "of a part, says all": {"scope": {**said["scope"], "kind": "all"}},
        "says identical as a whole": {"artefacts": {**about, "data/raw": {**raw, "verdict": "not verifiable"}}},
        "says diverged, is not": {
            "verdict": "diverged",
            "artefacts": {**about, "data/raw": {**raw, "verdict": "diverged"}},
        },
        "of what was never recorded": {"artefacts": {**about, "runs/none": raw}},
        "leaves an artefact unnamed": {"artefacts": {"analysis": about["analysis"]}},
        "misstates the record": {"artefacts": {**about, "data/raw": {**raw, "recorded": {"receipt.json": "0" * 64}}}},
        "of a file that was not made": {"artefacts": {**about, "results": raw}},
    }
    return forge(path, ada, **changes[name])


@pytest.mark.parametrize(
    "name",
    [
        "of a part, says all",
        "says identical as a whole",
        "says diverged, is not",
        "of what was never recorded",
        "leaves an artefact unnamed",
        "misstates the record",
        "of a file that was not made",
    ],
)
def test_a_lying_certificate_is_refused_whoever_signed_it(manifest: Fields, name: str) -> None:
    assert check(lie(manifest, name, key("ada")))["reason"] == "lying verdict"
    assert certificates()["verifiers"] == []
    assert not list(PAGES.glob("*"))


def test_a_certificate_that_passes_over_a_look_at_held_out_is_refused(manifest: Fields) -> None:
    ada = key("ada")
    looked = record(looks=["looks/0123456789abcdef.json"])
    honest = certify(verification(looked), ada)
    assert check(honest)["reason"] is None
    found = forge(honest, ada, looks=[])
    assert check(found)["reason"] == "lying verdict"
    assert check(found)["detail"] == "states looks at held-out that are not the manifest's"


def test_a_certificate_that_names_a_file_twice_is_refused(manifest: Fields) -> None:
    ada = key("ada")
    stated = json.loads(certify(verification(manifest), ada).read_bytes())
    stated["subject"].insert(0, {**stated["subject"][0], "digest": {"sha256": "0" * 64}})
    content = canonical_json(stated).encode()
    found = check(keep(content, sign(content, ada)))
    assert (found["reason"], found["detail"]) == ("lying verdict", "names a file twice")


def test_what_covers_a_part_is_listed_apart(manifest: Fields) -> None:
    path = certify(sampled(verification(manifest), ["data/raw", "runs/full/seed-10"]), key("ada"))
    as_recorded = verification(manifest)
    as_recorded["scope"]["choices"] = "as recorded"
    certify(as_recorded, key("ben"))
    found = count(manifest)
    assert found["verifiers"] == []
    assert len(found["partial"]) == 2
    assert path.as_posix() in found["partial"]
    assert "apart: 2 of a part of it" in found["text"]


def test_what_is_no_certificate_is_refused(manifest: Fields) -> None:
    good = certify(verification(manifest), key("ada"))
    bad = [b"{}\n", b"not json", b"[" * 100_000, b'"\\ud800"\n', good.read_bytes().replace(b"\n ", b"\n  ")]
    empty = {"verdict": "not verifiable", "detail": "", "recorded": {}}
    bad += [altered(good, nonce="short"), altered(good, artefacts={"../up": empty}), altered(good, cost=None)]
    bad += [good.read_bytes().replace(b'"name": "analysis/', b'"name": "/analysis/')]
    for content in bad:
        assert check(keep(content))["reason"] == "not a certificate"
    assert count(manifest)["verifiers"] == ["ada"]


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_no_flipped_bit_of_a_signed_certificate_is_accepted(manifest: Fields, data: st.DataObject) -> None:
    path = next(FOLDER.glob("*.json"), None) or certify(verification(manifest), key("ada"))
    whole, signature = path.read_bytes(), path.with_name(f"{path.name}.sig").read_bytes()
    place = data.draw(st.integers(0, len(whole) - 1))
    flipped = bytearray(whole)
    flipped[place] ^= 1 << data.draw(st.integers(0, 6))  # an ASCII text stays one
    path.write_bytes(bytes(flipped))
    assert check(path)["reason"] == "edited"
    path.write_bytes(whole)
    renamed = keep(bytes(flipped), signature)
    assert check(renamed)["reason"] in ("forged", "not a certificate")
    renamed.unlink()
    renamed.with_name(f"{renamed.name}.sig").unlink()
    assert check(path)["reason"] is None


def test_the_same_result_is_spelt_the_same_but_for_nonce_and_date(manifest: Fields) -> None:
    texts = [json.loads(certify(verification(manifest)).read_bytes()) for _ in range(2)]
    nonces = {text["predicate"].pop("nonce") for text in texts}
    assert len(nonces) == 2
    for text in texts:
        text["predicate"].pop("date")
    assert texts[0] == texts[1]
    assert texts[0]["_type"] == "https://in-toto.io/Statement/v1"
    assert {subject["name"] for subject in texts[0]["subject"]} >= {"analysis/receipt.json", "data/raw/raw.safetensors"}


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"manifest_sha256": "0" * 64}, "is of manifest 000000000000"),
        ({"commit": "0" * 40}, "is of commit 000000000000"),
        ({"verdict": "diverged"}, "says diverged as a whole"),
        ({"verdict": "splendid"}, "predicate.verdict"),
        ({"cost": {}}, "predicate.cost.wall_seconds"),
        ({"artefacts": {}}, "subject"),
    ],
)
def test_a_result_that_contradicts_itself_is_not_certified(manifest: Fields, change: Fields, said: str) -> None:
    with pytest.raises(CertificateError, match=said):
        certify(verification(manifest, **change), key("ada"))
    assert not list(FOLDER.glob("*.json*"))


@pytest.mark.needs("ssh-keygen")
def test_a_key_that_cannot_sign_leaves_nothing_behind(manifest: Fields) -> None:
    Path("no-key").write_text("hello\n")
    for name in ("no-key", "absent"):
        with pytest.raises(CertificateError, match=name):
            certify(verification(manifest), Path(name))
    assert not FOLDER.exists()


def test_listing_says_where_nothing_is_recorded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(CertificateError, match=r"there is no manifest.json"):
        certificates()


def test_pages_of_refused_certificates_go(manifest: Fields) -> None:
    path = certify(verification(manifest), key("ada"))
    assert (PAGES / f"{path.stem}.html").is_file()
    path.write_bytes(altered(path, verdict="diverged"))
    found = certificates()
    assert not is_sound(found)
    assert not list(PAGES.glob("*"))


def test_the_listing_cannot_steer_a_terminal(manifest: Fields) -> None:
    FOLDER.mkdir()
    (FOLDER / "a\x1b[2J.json").write_text("{}\n")
    assert "\x1b" not in render(count(manifest))


@pytest.mark.slow
def test_a_study_that_was_recorded_can_be_certified_and_stays_recorded(
    study: Study, monkeypatch: pytest.MonkeyPatch
) -> None:
    study.pipeline("record")
    monkeypatch.chdir(study.folder)
    manifest = json.loads(Path("manifest.json").read_bytes())
    made = verification(manifest)
    for home, about in made["artefacts"].items():
        about["rebuilt"] = file_digest(Path(home) / "receipt.json")
        for name, pair in about["files"].items():
            pair["rebuilt"] = file_digest(Path(home) / name)
    path = certify(made, key("ada"))
    assert len(json.loads(path.read_bytes())["subject"]) > len(made["artefacts"])
    study.git("add", FOLDER.as_posix())
    study.git("commit", "-q", "-m", "Certify")
    assert study.git("status", "--porcelain", FOLDER.as_posix()) == ""
    assert count(manifest)["verifiers"] == ["ada"]
    assert json.loads(study.pipeline("status", "--json").stdout)["record"]["recorded"]


def test_without_ssh_keygen_nothing_is_believed(manifest: Fields, monkeypatch: pytest.MonkeyPatch) -> None:
    path = certify(verification(manifest), key("ada"))
    monkeypatch.setenv("PATH", "")
    with pytest.raises(CertificateError, match="install OpenSSH"):
        check(path)


def test_the_documentation_names_the_type_the_namespace_and_every_reason() -> None:
    root = Path(__file__).parents[2]
    text = (root / "docs" / "certificates.md").read_text()
    named = [value for name, value in vars(judging).items() if name.isupper() and isinstance(value, str)]
    assert len(named) == 12
    assert [value for value in (*named, *get_args(PredicateType), NAMESPACE) if value not in text] == []
    assert NAMESPACE in (root / "certificates" / "allowed_signers").read_text()
