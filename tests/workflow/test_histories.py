"""A short random history; `make soak` runs long ones."""

import pytest
from tests.workflow.histories import soak


@pytest.mark.slow
def test_random_edits_always_end_in_what_an_empty_clone_builds() -> None:
    assert soak(steps=5, seed=3) == 0
