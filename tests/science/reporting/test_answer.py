from pipeline.science.reporting.analysis import Analysis
from pipeline.science.reporting.answer import answer, negligible, outcomes, reading_of_contrast, reading_of_full, tally
from pipeline.science.reporting.blocks import Outcomes, Paragraph
from pipeline.science.reporting.tables import rows_of


def lead(analysis: Analysis) -> str:
    block = answer(analysis).blocks[0]
    assert isinstance(block, Paragraph)
    return block.text


def test_verdicts_are_counted_and_all_supported_is_said_only_where_all_are() -> None:
    assert tally(["supported"] * 2).endswith("all stand: 2 of 2 are supported.")
    assert tally(["supported", "invalid", "not supported", "supported"]) == (
        "Of 4 claims stated beforehand, 2 are supported, 1 is not supported and 1 is invalid."
    )
    assert tally(["inconclusive"]) == "Of 1 claim stated beforehand, 1 is inconclusive."


def test_an_exploratory_study_concludes_nothing_and_shows_validation(exploratory: Analysis) -> None:
    assert lead(exploratory).startswith("Nothing is concluded yet. The full method reaches ")
    assert " % validation accuracy" in lead(exploratory)
    assert len(answer(exploratory).blocks) == 1


def test_the_full_methods_accuracy_is_the_tables_with_n_and_interval(plain: Analysis, folded: Analysis) -> None:
    row = plain.variants.iloc[0]
    low, mean, high = (f"{100 * row[f'held_out_{part}']:.1f}" for part in ("low", "mean", "high"))
    assert reading_of_full(plain) == (
        f"The full method reaches {mean} % held-out accuracy (95 % interval [{low}, {high}] over seeds, "
        "n\u00a0=\u00a06 seeds and 400 items)."
    )
    assert "over folds, n\u00a0=\u00a06 folds and up to 400 items each" in reading_of_full(folded)


def test_claims_come_first_and_one_claim_of_many_contrasts_is_one(factorial: Analysis) -> None:
    claims, *families = (block for block in answer(factorial).blocks if isinstance(block, Outcomes))
    assert claims.heading == "claims: 1 of 2 stand"
    assert [block.heading.partition(":")[0] for block in families] == ["subsets", "baseline"]
    assert len(families[0].entries) == 1
    assert lead(factorial).startswith("Of 3 claims stated beforehand, ")  # two of families, and one of an effect


def test_findings_after_a_look_confirm_nothing(plain: Analysis) -> None:
    seen = plain.study.model_copy(update={"status": "exploratory after a look"})
    assert lead(Analysis(seen, plain.tables, plain.held_out_items)).startswith(
        "Exploratory after a look: no confirmation."
    )


def test_a_contrast_shows_the_interval_that_it_is_judged_by(plain: Analysis, folded: Analysis) -> None:
    row = rows_of(plain.tables["contrasts"])[0]
    ends = f"[{100 * row['population_low']:.2f}, {100 * row['population_high']:.2f}]"
    said = f"+{100 * row['difference']:.2f} points, 95 % {ends} for new seeds and new items, n = 6"
    assert reading_of_contrast(row) == said.replace("-", "−")
    assert "95 % [" in (claimed := reading_of_contrast({**row, "finding": "equivalent"}))
    assert f"; equivalent: {negligible(row)}, n = 6" in claimed
    assert reading_of_contrast({**row, "claim": "equivalence", "alpha": 0.01}).count("98 % [") == 1
    over_folds = rows_of(folded.tables["contrasts"])[0]
    assert "for new training and held-out rows" in reading_of_contrast(over_folds)


def test_a_family_says_how_many_of_its_claims_are_supported(plain: Analysis) -> None:
    found = plain.tables["contrasts"]
    mine = found[found["family"] == "ablation"].assign(verdict="invalid")
    told = outcomes("ablation", mine)
    assert told.heading == "ablation: superiority claimed, 0 of 2 supported"
    assert {(entry.verdict, entry.symbol, entry.tone) for entry in told.entries} == {("invalid", "∅", "open")}
