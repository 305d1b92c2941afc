"""Fair's survey of extramarital affairs (Fair 1978), which statsmodels ships: who had one in their marriage.

6366 answers of married women to Redbook magazine. Occupations are nominal; the other columns are numbers or ranks.
"""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pipeline.science.table import Table

SOURCE = "https://fairmodel.econ.yale.edu/rayfair/pdf/1978a200.pdf"
CITATION = "Fair, R. C. (1978). A Theory of Extramarital Affairs. Journal of Political Economy 86(1), 45-61"
LICENCE = "with permission of the author, as statsmodels ships it"
TABLE = True
NOMINAL = ("occupation", "occupation_husb")


def load(seed: int) -> "Table":  # noqa: ARG001 (nothing is generated)
    """Return x float32 [6366, 8] and y int64 [6366], 1 where any time was spent in an affair, in published order."""
    from statsmodels.datasets import fair

    from pipeline.science.table import table

    frame = fair.load_pandas().data
    answers = frame.drop(columns="affairs").assign(affair=(frame["affairs"] > 0).map({False: "none", True: "some"}))
    return table(answers, "affair", NOMINAL, (), "the data set fair")
