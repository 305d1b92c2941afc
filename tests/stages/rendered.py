"""Reports of made-up analyses, each rendered once for all tests that look at it."""

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from tests.stages.synthetic_analysis import write_analysis
from tests.study import ROOT

from pipeline.io.files import read_parquet, write_parquet
from pipeline.stages.report import Params, run

GRAPH = ROOT / "docs" / "graph.svg"
HOSTILE = "<script>alert(1)</script> a|b_c & 100 % *d* #e $f$ [g](h) `i` {j} \\k \"l\" 'm'"
HOSTILE_CLAIM = "a_b & 5 % | #1 {x} $y$ \\z ~ ^ <"
HYPOTHESIS = "Accuracy hides the rare class."
HELD_CONSTANT = "accuracy of labels"


def rendered(analysis: Path) -> Path:
    """Render an analysis into results beside it; return that folder."""
    results = analysis.parent / "results"
    results.mkdir()
    run(Params(), results, analysis=analysis, graph=GRAPH)
    return results


def made(home: Path, status: str = "confirmatory", **stated: Any) -> Path:
    """Return the report of a made-up analysis."""
    return rendered(write_analysis(home / "analysis", status, **stated))


def made_of_oddities(home: Path) -> Path:
    """Return a confirmatory report of macro F1: controls failed, markup wherever a person writes, values missing."""
    told = {"title": HOSTILE, "hypothesis": f"{HYPOTHESIS} {HOSTILE}", "notes": [HOSTILE]}
    held = [HOSTILE, HELD_CONSTANT]
    analysis = write_analysis(home / "analysis", faulty=True, measure="macro F1", held_constant=held, **told)
    path = analysis / "tables" / "contrasts.parquet"
    table = read_parquet(path).assign(claim=HOSTILE_CLAIM)
    table.loc[0, ["d_z", "p_wilcoxon", "p_equivalence"]] = np.nan
    table.loc[1, "d_z"] = np.inf
    write_parquet(path, table)
    return rendered(analysis)


def made_of_fixed_models(home: Path) -> Path:
    """Return an exploratory report with failed controls and without learning curves."""
    analysis = write_analysis(home / "analysis", "exploratory", faulty=True)
    path = analysis / "tables" / "curves.parquet"
    write_parquet(path, pd.DataFrame(read_parquet(path).iloc[:0]))
    return rendered(analysis)
