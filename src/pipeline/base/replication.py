"""The checks of what a study compares with published numbers."""

from pipeline.base.errors import ParameterError, nearest
from pipeline.base.params import PARAMS, Study


def check_replication(study: Study, known: set[str]) -> None:
    """Raise ParameterError where a comparison names no variant, or there are no independent runs to judge it by."""
    for name, row in study.replication.items():
        for key, variant in (("variant", row.variant), ("minus", row.minus)):
            if variant is not None and variant not in known:
                problem = f"no variant is named '{variant}'"
                raise ParameterError(PARAMS, f"replication.{name}.{key}", problem, nearest(variant, known))
        if row.minus == row.variant:
            raise ParameterError(PARAMS, f"replication.{name}.minus", "is the variant itself", "name another")
    if study.replication and study.randomness is not None:
        problem = "is judged over independent runs, and those of a crossed design share streams"
        raise ParameterError(PARAMS, "replication", problem, "keep one of replication and randomness")
