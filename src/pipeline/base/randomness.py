"""Which value each named stream takes in each final run, where a study crosses its sources of randomness."""

import itertools
import math

from pipeline.base.errors import ParameterError
from pipeline.base.params import PARAMS, Study

STREAMS = ("sample", "initialisation", "order", "augmentation")  # in the order of the design: the last varies fastest
Cell = dict[str, int]


def cells(study: Study) -> dict[int, Cell]:
    """Return {final seed: {stream: the seed it draws by}} of a crossed design, nothing where streams vary together.

    Runs follow one another in the order of seeds.final; the k-th value of a stream is the k-th of these seeds, and a
    stream that is held has the first.
    """
    if study.randomness is None:
        return {}
    final, levels = study.seeds.final, study.randomness.levels
    ranges = [range(levels.get(stream, 1)) for stream in STREAMS]  # type: ignore[call-overload]
    designed = itertools.product(*ranges)
    return {
        seed: {stream: final[level] for stream, level in zip(STREAMS, chosen, strict=True)}
        for seed, chosen in zip(final, designed, strict=False)
    }


def check_randomness(study: Study) -> None:
    """Raise ParameterError where a crossed design is not complete, or something is concluded from its runs.

    They share values of streams, so they are no independent replicates: a contrast over them would be believed too
    easily.
    """
    if study.randomness is None:
        return
    wanted = math.prod(study.randomness.levels.values())
    if len(study.seeds.final) != wanted:
        problem = f"states {len(study.seeds.final)} seeds for the {wanted} runs of the crossed design"
        raise ParameterError(PARAMS, "seeds.final", problem, f"state {wanted}, or other randomness.levels")
    if ("sample" in study.randomness.levels) != (study.randomness.sample_rows is not None):
        remedy = "state how many training rows a run draws where the stream sample varies, and only there"
        raise ParameterError(PARAMS, "randomness.sample_rows", "does not go with randomness.levels", remedy)
    if study.randomness.sample_rows and study.randomness.sample_rows >= study.data.train:
        problem = f"is {study.randomness.sample_rows} of data.train {study.data.train}"
        raise ParameterError(PARAMS, "randomness.sample_rows", problem, "draw fewer rows than there are")
    if study.families:
        problem = "contrasts runs that share streams, which are no independent replicates"
        raise ParameterError(PARAMS, "families", problem, "state families: {} beside randomness")
