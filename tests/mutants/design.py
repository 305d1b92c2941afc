"""Faults in what params.yaml may state, in seeds by name, and in how values are spelled."""

from tests.mutants import Mutant


def base(module: str, right: str, wrong: str, test: str) -> Mutant:
    """Return a fault in a module of base, and a test of the file that mirrors one."""
    return Mutant(f"base/{module}.py", right, wrong, f"tests/base/test_{test}")


MUTANTS = [
    # variants and contrasts: each changes something, has a name of its own, and is contrasted once
    base("design", "if variant.name in found:", "if False:", "design.py::test_two_variants_of_one_name_are_refused"),
    base(
        "design",
        "if not variant.overrides:",
        "if False:",
        "design.py::test_a_variant_that_changes_nothing_is_refused",
    ),
    base(
        "design",
        "study.method[setting] == value:",
        "False:",
        "design.py::test_a_variant_that_changes_nothing_is_refused",
    ),
    base(
        "design",
        "if member not in known or member == FULL:",
        "if member not in known:",
        "design.py::test_a_contrast_that_names_no_variant_is_refused",
    ),
    base(
        "design",
        "if len(set(named)) < len(named):",
        "if False:",
        "design.py::test_a_family_contrasts_something_and_each_variant_once",
    ),
    base(
        "design",
        "if not study.families and study.randomness is None:",
        "if False:",
        "design.py::test_a_family_contrasts_something_and_each_variant_once",
    ),
    # seeds that select are not those that judge; what is searched is not fixed, and never seen by validation
    base(
        "design",
        "sorted(set(seeds.selection) & set(seeds.final))",
        "[]",
        "design.py::test_seeds_that_select_and_judge_are_refused",
    ),
    base("design", "if len(set(values)) < len(values):", "if False:", "design.py::test_a_seed_stated_twice_is_refused"),
    base(
        "design",
        "if study.data.validation_within_training and",
        "if False and",
        "design.py::test_a_search_is_refused_where_validation_rows_are_training_rows",
    ),
    base(
        "design",
        "sorted(set(variant.settings) & set(space_of(study, variant)))",
        "[]",
        "design.py::test_a_setting_both_fixed_and_searched_is_refused",
    ),
    # ablations, sizes of training sets
    base(
        "ablation",
        "        refuse_shared(study)\n",
        "        pass\n",
        "ablation.py::test_a_design_that_cannot_be_is_refused_by_name",
    ),
    base(
        "ablation",
        '"add_one_in": 2',
        '"add_one_in": 1',
        "ablation.py::test_a_design_that_cannot_be_is_refused_by_name",
    ),
    base(
        "data_sizes",
        "if rows >= study.data.train:",
        "if rows > study.data.train:",
        "data_sizes.py::test_a_size_is_stated_once_and_below_all_rows",
    ),
    base(
        "data_sizes",
        "not 1 <= rows <= most",
        "not 1 <= rows",
        "data_sizes.py::test_the_rows_of_a_variant_are_a_whole_number_of_those_there_are",
    ),
    # looks spend alpha once, and claims rest on what there is
    base(
        "interim",
        "if not math.isclose(math.fsum(alphas), study.study.alpha, rel_tol=1e-9):",
        "if False:",
        "interim.py::test_looks_that_do_not_add_up_are_refused",
    ),
    base(
        "interim",
        "if counts != sorted(set(counts)) or counts[-1]",
        "if counts[-1]",
        "interim.py::test_looks_that_do_not_add_up_are_refused",
    ),
    base(
        "interim",
        "if claim.requires not in valid:",
        "if False:",
        "interim.py::test_a_claim_that_rests_on_nothing_is_refused",
    ),
    base(
        "effect_claims",
        "if claim.requires in (ALL, ANY) and claim.requires in names:",
        "if False:",
        "interim.py::test_a_claim_of_a_component_or_a_variant_that_means_all_or_any_is_refused",
    ),
    base(
        "effect_claims",
        "if keys.count(claim.requires) > 1:",
        "if False:",
        "interim.py::test_a_claim_that_names_two_effects_spelled_alike_is_refused",
    ),
    # runs that share streams or rows are no independent replicates
    base(
        "randomness",
        "    if study.families:\n",
        "    if False:\n",
        "randomness.py::test_a_design_that_would_be_believed_too_easily_is_refused",
    ),
    base(
        "randomness",
        "if len(study.seeds.final) != wanted:",
        "if False:",
        "randomness.py::test_a_design_that_would_be_believed_too_easily_is_refused",
    ),
    base(
        "replication",
        "if study.replication and study.randomness is not None:",
        "if False:",
        "randomness.py::test_a_design_that_would_be_believed_too_easily_is_refused",
    ),
    base(
        "replication",
        "if row.minus == row.variant:",
        "if False:",
        "randomness.py::test_a_comparison_of_what_there_is_not_is_refused",
    ),
    base("resampling", "FEWEST = 5", "FEWEST = 4", "resampling.py::test_fewer_than_five_folds_in_all_are_refused"),
    base(
        "resampling",
        "zip(sorted(study.seeds.final),",
        "zip(study.seeds.final,",
        "resampling.py::test_a_seed_keeps_its_fold_in_whichever_order_seeds_are_stated",
    ),
    base(
        "resampling",
        "        if stated:\n",
        "        if False:\n",
        "resampling.py::test_what_does_not_go_with_folds_is_refused_with_the_reason",
    ),
    # params.yaml: no unknown key, none twice, no change once read, each claim with its correction
    base(
        "params",
        'extra="forbid"',
        'extra="ignore"',
        "params.py::test_an_unknown_key_is_named_with_the_nearest_valid_one",
    ),
    base("params", "frozen=True", "frozen=False", "params.py::test_a_study_cannot_change_once_it_is_read"),
    base("params", "if key.value in seen:", "if False:", "params.py::test_a_key_stated_twice_is_refused"),
    base(
        "params",
        "if self.correction != wanted:",
        "if False:",
        "ablation.py::test_one_claim_is_not_corrected_and_claims_read_singly_are",
    ),
    # one name one stream, one value one spelling
    base(
        "seeds",
        "{type(name).__name__}:{name}",
        "{name}",
        "seeds.py::test_a_number_and_its_spelling_are_two_names_and_joints_matter",
    ),
    base(
        "seeds", '"\\x1f".join', '"".join', "seeds.py::test_a_number_and_its_spelling_are_two_names_and_joints_matter"
    ),
    base(
        "canonical",
        "sort_keys=True, indent=1, allow_nan=False",
        "sort_keys=True, indent=1",
        "canonical.py::test_what_json_cannot_say_is_refused",
    ),
    base(
        "canonical",
        'sort_keys=True, separators=(",", ":")',
        'separators=(",", ":")',
        "canonical.py::test_the_order_of_keys_does_not_matter_and_nothing_is_lost",
    ),
]
