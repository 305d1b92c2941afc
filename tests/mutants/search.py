"""Faults in the search: equal budgets, the best of all trials, nothing left out and nothing of another search."""

from tests.mutants import Mutant


def of(module: str, right: str, wrong: str, test: str) -> Mutant:
    """Return a fault in a module of science, and a test of the file that mirrors one."""
    return Mutant(f"science/{module}.py", right, wrong, f"tests/science/test_{test}")


def select(right: str, wrong: str, test: str) -> Mutant:
    """Return a fault in the step that selects, and a test of it."""
    return Mutant("stages/select.py", right, wrong, f"tests/stages/test_select.py::{test}")


BUDGET = "budgets.py::test_a_search_that_departs_from_its_budget_or_its_rule_is_named"
STATED = "search.py::test_a_space_that_is_not_well_stated_names_its_hyper_parameter"
ANOTHER = "test_a_fit_of_other_hyperparameters_or_another_seed_is_not_used"
BROKEN = "test_a_trial_whose_model_breaks_down_counts_zero_and_stays_among_the_trials"

MUTANTS = [
    # the budget of every method
    of("budgets", "!= list(range(trials)):", "!= list(range(len(made))):", BUDGET),
    of("budgets", 'if len(trial["validation"]) != fits)', 'if len(trial["validation"]) < 1)', BUDGET),
    of("budgets", 'return "" if choice["trial"] == best else', 'return "" if choice else', BUDGET),
    of(
        "budgets",
        "if sorted(names) != sorted(fits):",
        "if False:",
        "budgets.py::test_every_method_is_selected_once_and_no_other",
    ),
    # the best mean, a run that diverged counting zero
    of("search", 'score if outcome == "finished" else 0.0', "score", "search.py::test_a_diverged_run_counts_zero"),
    of(
        "search",
        "(-trials[index].mean, trials[index].trial)",
        "trials[index].trial",
        "search.py::test_the_best_mean_is_chosen_and_the_lowest_trial_among_equals",
    ),
    of(
        "search",
        "trials[index].mean, trials[index].trial)",
        "trials[index].mean, -trials[index].trial)",
        "search.py::test_the_best_mean_is_chosen_and_the_lowest_trial_among_equals",
    ),
    # each hyper-parameter from a stream of its own, over its whole range
    of(
        "search",
        '"search", method, name, trial)',
        '"search", method, trial)',
        "search.py::test_every_hyper_parameter_of_a_trial_has_a_stream_of_its_own",
    ),
    of("search", ", endpoint=True", "", "search.py::test_both_ends_of_an_integer_range_and_every_choice_are_drawn"),
    of(
        "search",
        "random.uniform(low, high))",
        "random.uniform(low, low))",
        "search.py::test_log_uniform_puts_half_its_draws_below_the_geometric_mean",
    ),
    of("spaces", "if bounds and bounds[0] >= bounds[1]:", "if False:", STATED),
    of("spaces", "if self.log_uniform and self.log_uniform[0] <= 0:", "if False:", STATED),
    of("spaces", "if len(self.model_fields_set) != 1 or", "if", STATED),
    of("spaces", "if self.choice and len({repr", "if False and len({repr", STATED),
    # fits that were kept are those that are asked for; those that broke down count
    select("if true else {}", "if kept else {}", ANOTHER),
    select(
        'value_digest({**asked, "fit": kept["fit"]})', 'value_digest({**asked, "fit": kept["fit"]}) or True', ANOTHER
    ),
    select(
        "    refuse_all_failed(params.method, trials)\n",
        "",
        "test_a_search_of_which_every_trial_breaks_down_chooses_nothing",
    ),
    select(
        '= {"predicted": [], "outcome": "crashed"',
        '= {"predicted": [0] * 30, "outcome": "finished"',
        BROKEN,
    ),
    select("first_rows(arrays, params.training_rows)", "first_rows(arrays, None)", BROKEN),
    select("params.stream or params.method", "params.method", "test_a_retuned_variant_draws_what_its_method_draws"),
    select(
        "None if None in flops else sum(flops)",
        "sum(each or 0 for each in flops)",
        "test_costs_that_are_not_known_make_no_sum",
    ),
]
