"""Numbers as people read them: percent, points, intervals, p values; a missing value is a dash."""

import math
from typing import Any

MISSING = "—"
SYMBOLS = {
    "supported": "✓",
    "not supported": "✗",
    "inconclusive": "?",
    "invalid": "∅",
    "better": "▲",
    "worse": "▼",
    "equivalent": "≈",
}
TONES = {"supported": "good", "not supported": "bad", "inconclusive": "open", "invalid": "open"}
UNITS = ("", " k", " M", " G", " T", " P", " E", " Z", " Y")
MAGNITUDES = tuple((1000.0**power, unit) for power, unit in enumerate(UNITS))[::-1]


def is_missing(value: Any) -> bool:
    """Return whether a value is None, NaN or pandas' NA."""
    return value is None or str(value) in ("nan", "<NA>")


def number(value: Any, digits: int) -> str:
    """Return a number with fixed digits and a true minus sign; never "-0" and never "nan"."""
    if is_missing(value):
        return MISSING
    if math.isinf(value):
        return "∞" if value > 0 else "−∞"
    text = f"{float(value):.{digits}f}"
    return text.lstrip("-") if float(text) == 0 else text.replace("-", "−")


def percent(rate: Any) -> str:
    """Return a rate in percent with one decimal, without the sign %."""
    return number(rate if is_missing(rate) else 100 * rate, 1)


def points(difference: Any) -> str:
    """Return a difference of rates in percentage points: signed, two decimals."""
    text = number(difference if is_missing(difference) else 100 * difference, 2)
    return text if text.startswith(("−", MISSING)) or not text.strip("0.") else f"+{text}"


def bracket(low: Any, high: Any, digits: int) -> str:
    """Return an interval as [low, high], a dash where there is none."""
    return MISSING if is_missing(low) or is_missing(high) else f"[{number(low, digits)}, {number(high, digits)}]"


def percent_interval(low: Any, high: Any) -> str:
    """Return an interval of rates in percent."""
    return MISSING if is_missing(low) or is_missing(high) else bracket(100 * low, 100 * high, 1)


def point_interval(low: Any, high: Any) -> str:
    """Return an interval of differences in percentage points."""
    return MISSING if is_missing(low) or is_missing(high) else bracket(100 * low, 100 * high, 2)


def p_value(p: Any) -> str:
    """Return a p value with four decimals; a smaller one as "< 0.0001"."""
    return "< 0.0001" if not is_missing(p) and p < 0.0001 else number(p, 4)


def count(value: Any) -> str:
    """Return a whole number with thousands separated."""
    return MISSING if is_missing(value) else f"{int(value):,}"


def magnitude(value: Any) -> str:
    """Return a large count with three significant digits: 9.60 G, 214 k, 410."""
    if is_missing(value):
        return MISSING
    size, unit = next((each for each in MAGNITUDES if abs(value) >= each[0]), MAGNITUDES[-1])
    scaled = float(value) / size
    return f"{scaled:.0f}" if size == 1 else f"{scaled:.{2 - min(2, int(math.log10(abs(scaled))))}f}{unit}"


def short_magnitude(value: float) -> str:
    """Return a round count as briefly as it goes: 10 k, 2 M, 500."""
    size, unit = next((each for each in MAGNITUDES if abs(value) >= each[0]), MAGNITUDES[-1])
    return f"{value / size:g}{unit}"


def marked_verdict(verdict: str) -> str:
    """Return a verdict with its symbol, so that no colour is needed to read it."""
    return f"{SYMBOLS.get(verdict, '?')} {verdict}"


def listed(names: list[str]) -> str:
    """Return names as a list in a sentence."""
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}" if names else "none"


def counted(number_of: int, noun: str) -> str:
    """Return a count with its noun in singular or plural."""
    return f"{number_of} {noun}" if number_of == 1 else f"{number_of} {noun}s"
