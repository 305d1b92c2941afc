from typing import Any

import pytest
from tests.base.stated import stated

from pipeline.base.errors import ParameterError
from pipeline.base.params import Study
from pipeline.base.replication import check_replication

ROW = {"variant": "full", "published": 0.5, "tolerance": 0.1, "cite": "A"}
KNOWN = {"full", "minus_small_leaves"}
CROSSED = {"levels": {"order": 3, "sample": 2}, "sample_rows": 40}


def study(row: dict[str, Any], **changes: Any) -> Study:
    return Study.model_validate(stated(replication={"it": {**ROW, **row}}, **changes))


def test_a_comparison_of_variants_there_are_is_accepted() -> None:
    check_replication(study({}), KNOWN)
    check_replication(study({"minus": "minus_small_leaves"}), KNOWN)


@pytest.mark.parametrize(
    ("row", "said"),
    [
        ({"variant": "ful"}, "replication.it.variant: no variant is named 'ful'; did you mean 'full'"),
        ({"minus": "minus_leaves"}, "replication.it.minus: no variant is named 'minus_leaves'"),
        ({"minus": "full"}, "replication.it.minus: is the variant itself"),
    ],
)
def test_a_comparison_names_two_variants_that_there_are(row: dict[str, Any], said: str) -> None:
    with pytest.raises(ParameterError, match=f"^params.yaml: {said}"):
        check_replication(study(row), KNOWN)


def test_runs_that_share_streams_are_compared_with_nothing_published() -> None:
    with pytest.raises(ParameterError, match="replication: is judged over independent runs"):
        check_replication(study({}, randomness=CROSSED), KNOWN)
