"""What an analysis holds, typed; and the refusal of one that contradicts its own status."""

from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import pandas as pd
from pydantic import BaseModel, ConfigDict, ValidationError

from pipeline.base.errors import DataError

EVALUATED = ("contrasts", "differences")
OF_COMPONENTS = ("effects", "effects_by_seed", "effect_looks", "interactions")
ALWAYS = ("runs", "variants", "search", "curves", "controls", "control_runs", "probes")


class Stated(BaseModel):
    """A part of study.json; keys the report does not show are let pass."""

    model_config = ConfigDict(frozen=True, extra="ignore")


class StatedFamily(Stated):
    """A family of contrasts, its members spelled out."""

    claim: str
    correction: str
    members: list[str]


class StatedSeeds(Stated):
    """The seeds of selection and of the final runs."""

    selection: list[int]
    final: list[int]


class StatedSearch(Stated):
    """The selection budget and the spaces searched."""

    trials: int
    retune: bool = False
    spaces: dict[str, dict[str, Any]]


class StatedStudy(Stated):
    """What study.json says of the study."""

    title: str
    hypothesis: str
    held_constant: list[str]
    metric: str
    measure: str = "accuracy"
    alpha: float
    margin: float
    size_tolerance: float = 0.1
    status: Literal["confirmatory", "exploratory", "exploratory after a look"]
    plan_digest: str | None
    data: dict[str, Any]
    compute: dict[str, Any] = {}
    seeds: StatedSeeds
    search: StatedSearch
    components: dict[str, dict[str, Any]]
    method: dict[str, Any]
    decision_rule: list[str]
    notes: list[str]
    families: dict[str, StatedFamily]
    deviations: list[str] = []


@dataclass(frozen=True)
class Analysis:
    """A study and the tables of its analysis; contrasts and differences only where held-out was read."""

    study: StatedStudy
    tables: dict[str, pd.DataFrame]
    held_out_items: int | None

    @property
    def exploratory(self) -> bool:
        """Whether nothing of it was read from held-out data."""
        return self.study.status == "exploratory"

    @property
    def folds(self) -> int:
        """Into how many folds the held-out rows are dealt, 0 where runs are independent seeds."""
        return int((self.study.data.get("resampling") or {"folds": 0})["folds"])

    @property
    def levels(self) -> tuple[str, str]:
        """The levels of intervals of contrasts and effects, in words: for a difference, and for equivalence."""
        return ("1 − alpha", "1 − 2 alpha") if {"looks", "effect_looks"} & set(self.tables) else ("95 %", "90 %")

    @property
    def after_a_look(self) -> bool:
        """Whether its findings were reached after held-out was seen by something else, and confirm nothing."""
        return self.study.status == "exploratory after a look"

    @property
    def split(self) -> str:
        """The split whose accuracies are shown: held_out, or validation in an exploratory study."""
        return "validation" if self.exploratory else "held_out"

    @property
    def variants(self) -> pd.DataFrame:
        """The table of variants, with a 95 % t interval of the validation mean added."""
        return with_validation_interval(self.tables["variants"], self.folds)

    @property
    def compared(self) -> pd.DataFrame:
        """The table of variants without those that only see fewer training rows, which have a section of their own."""
        variants = self.variants
        return variants[variants["role"] != "data_size"]


def parsed_study(stated: object) -> StatedStudy:
    """Return study.json parsed; raise DataError naming the first key that is wrong."""
    try:
        return StatedStudy.model_validate(stated)
    except ValidationError as error:
        first = error.errors()[0]
        key = ".".join(map(str, first["loc"])) or "(file)"
        raise DataError(f"analysis/study.json: {key}: {first['msg']}; make the analysis again") from None


def checked(analysis: Analysis) -> Analysis:
    """Return the analysis; raise DataError where its tables do not go with its status."""
    contrasted = not analysis.exploratory and bool(analysis.study.families)
    wanted = {*ALWAYS, *(EVALUATED if contrasted else ())}
    if missing := sorted(wanted - set(analysis.tables)):
        raise DataError(f"analysis/tables: no {', '.join(missing)}; make the analysis again")
    evaluated = bool(analysis.tables["runs"]["held_out_accuracy"].notna().any())
    if analysis.exploratory and (
        evaluated or {*EVALUATED, *OF_COMPONENTS} & set(analysis.tables) or analysis.held_out_items
    ):
        raise DataError("analysis: an exploratory study holds held-out results; make the analysis again")
    return analysis


def with_validation_interval(variants: pd.DataFrame, folds: int = 0) -> pd.DataFrame:
    """Return variants with validation_low and validation_high: 95 % t interval over seeds, NaN where n is 1.

    Over `folds` of cross-validation it has the variance of the corrected resampled t test; NaN where all folds agree.
    """
    n, sd = variants["n"].to_numpy(float), variants["validation_sd"].to_numpy(float)
    half = half_width(n, sd)
    half = np.where(sd > 0, half * np.sqrt(1 + n / (folds - 1)), np.nan) if folds else half
    mean = variants["validation_mean"]
    return variants.assign(validation_low=mean - half, validation_high=mean + half)


def half_width(n: np.ndarray, sd: np.ndarray) -> np.ndarray:
    """Return half the width of a 95 % t interval of a mean, float64 like n and sd; NaN where n is below 2."""
    from scipy.special import stdtrit

    freedom = np.where(n > 1, n - 1, np.nan)
    width: np.ndarray = stdtrit(freedom, 0.975) * sd / np.sqrt(n)
    return width
