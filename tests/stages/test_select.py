from pathlib import Path

from pipeline.base.canonical import value_digest
from pipeline.io.files import write_json
from pipeline.stages.select import whole

ASKED = {"hyperparameters": {"learning_rate": 0.1}, "seed": 1}
FIT = {"validation": 0.5, "outcome": "finished", "training_flops": 10, "examples_seen": 20}


def test_a_fit_that_an_interrupted_search_kept_is_used_where_every_byte_is_right(tmp_path: Path) -> None:
    path = tmp_path / "fit.json"
    write_json(path, {"fit": FIT, "sha256": value_digest({**ASKED, "fit": FIT})})
    assert whole(path, ASKED) == FIT
    content = path.read_bytes()
    for index in range(len(content)):
        torn = bytearray(content)
        torn[index] ^= 1
        path.write_bytes(torn)
        assert whole(path, ASKED) in ({}, FIT)
    for kept in range(len(content) - 2):
        path.write_bytes(content[:kept])
        assert whole(path, ASKED) == {}


def test_a_fit_of_other_hyperparameters_or_another_seed_is_not_used(tmp_path: Path) -> None:
    path = tmp_path / "fit.json"
    write_json(path, {"fit": FIT, "sha256": value_digest({**ASKED, "fit": FIT})})
    assert whole(path, {**ASKED, "seed": 2}) == {}
    assert whole(path, {**ASKED, "hyperparameters": {"learning_rate": 0.2}}) == {}


def test_what_is_no_record_of_a_fit_is_not_used(tmp_path: Path) -> None:
    assert whole(tmp_path / "none.json", ASKED) == {}
    for text in ("", "[]", "{}", "null", '{"sha256": 1, "fit": null}'):
        (tmp_path / "odd.json").write_text(text)
        assert whole(tmp_path / "odd.json", ASKED) == {}
