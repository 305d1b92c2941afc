import pytest
from scipy import stats

from pipeline.science.power import noncentrality


@pytest.mark.parametrize("runs", [3, 8, 20])
@pytest.mark.parametrize("power", [0.5, 0.8, 0.95])
def test_the_power_is_that_of_a_two_sided_test(runs: int, power: float) -> None:
    needed = noncentrality(runs, 0.05, power)
    rejects = stats.t.isf(0.025, runs - 1)
    assert stats.nct.sf(rejects, runs - 1, needed) == pytest.approx(power, abs=1e-6)


def test_more_is_needed_at_a_stricter_level_and_of_fewer_runs() -> None:
    assert noncentrality(8, 0.01) > noncentrality(8, 0.05) > noncentrality(20, 0.05) > 2.8
