from typing import Any

import pytest
from tests.base.stated import stated

from pipeline.base.dealing import Dealing, dealing
from pipeline.base.params import Study

KNOWN = {"data__known_duplicates": 3, "data__known_giveaways": [1], "data__validation_within_training": True}


def dealt(part: str, is_trained_on: bool, **changes: Any) -> Dealing:
    return Dealing.model_validate(dealing(Study.model_validate(stated(**changes)), part, is_trained_on))


def test_the_sizes_and_the_seed_are_those_stated() -> None:
    about = stated()
    told = dealt("splits", is_trained_on=True)
    assert told.model_dump() == {
        "part": "splits", "study_seed": about["study"]["seed"],
        **{key: about["data"][key] for key in ("name", "train", "validation", "held_out")},
    }  # fmt: skip


@pytest.mark.parametrize("is_trained_on", [True, False])
def test_what_probes_may_find_is_told_only_where_rows_are_trained_on(is_trained_on: bool) -> None:
    told = dealt("splits", is_trained_on, **KNOWN).model_dump()
    assert told["validation_within_training"]
    assert (told.get("known_duplicates"), told.get("known_giveaways")) == ((3, (1,)) if is_trained_on else (None, None))
