"""What a two-sided t test can detect, by the inverse of the noncentral t distribution; imports no more than scipy."""

from scipy import special, stats


def noncentrality(runs: int, alpha: float, power: float = 0.8) -> float:
    """Return the mean, in standard errors of it, that a two-sided t test of so many runs detects with this power."""
    return float(special.nctdtrinc(runs - 1, 1 - power, stats.t.isf(alpha / 2, runs - 1)))
