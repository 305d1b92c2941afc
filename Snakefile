"""A study from raw data to report. Every rule makes artefact directories; a directory is complete and true
when its receipt.json stands. Inputs named each_* have one path an output, in order; each artefact of the job
reads its own. What is claimed, varied and held fixed is in params.yaml; how many jobs run at once, in what
packs, is in profiles/. With --config only=full/seed-200,… some runs are trained and evaluated, none analysed.
"""

import os
import sys
from pathlib import Path

ROOT = Path(workflow.current_basedir)
sys.path.insert(0, str(ROOT / "src"))
from pipeline.snakefile import (
    by_held_out,
    covered,
    gpus,
    open_study,
    packs,
    report_failures,
    settle,
)

STUDY = open_study()
GRAPH = os.path.relpath(ROOT / "docs/graph.svg")  # one for all studies
COVERED = covered(STUDY, config.get("only"))  # every run, or some
PACKS = packs(STUDY, COVERED, config.get("pack", 21))
FOLDS = [
    f"data/{part}/{fold}/receipt.json"
    for fold in STUDY.folds.values()  # of repeated cross-validation, if any
    for part in ["folds", "fold_labels", "tested", "tested_labels"]
]
CHOICES = expand("choices/{method}/receipt.json", method=STUDY.methods)
RUNS = expand("runs/{run}/receipt.json", run=STUDY.judged)
CONTROLS = expand("runs/{run}/receipt.json", run=STUDY.controls)
EVALUATIONS = expand("evaluations/{run}/receipt.json", run=STUDY.opened(STUDY.runs))
TRAINED = expand("runs/{run}/receipt.json", run=COVERED)
LATER = expand("runs/{run}/receipt.json", run=STUDY.later)  # judged at a later look
TOGETHER = by_held_out(STUDY, STUDY.opened(COVERED))  # what one job evaluates
EVALUATED = expand("evaluations/{run}/receipt.json", run=STUDY.opened(COVERED))


rule all:
    input:
        "results/receipt.json",
        LATER,


rule prepared:
    """The splits, apart from them what is held out, and apart from both the labels that models are scored by."""
    input:
        "data/splits/receipt.json",
        "data/validation_labels/receipt.json",
        "data/held_out/receipt.json",
        "data/held_out_labels/receipt.json",
        FOLDS,


rule trained:
    """Every final run of every variant, and the runs of the controls."""
    input:
        TRAINED,


rule evaluated:
    """Held-out scores: nothing, as long as the study matches no committed plan."""
    input:
        EVALUATED,


rule fetch:
    """The raw data set, from its package or the file that params.yaml names, pinned by digest."""
    input:
        source=STUDY.sources,
    output:
        "data/raw/receipt.json",
    log:
        "logs/fetch.log",
    shell:
        "python -m pipeline step fetch {output} --log {log}"


rule prepare:
    """Rows that models see in training, and on held-out; the labels of validation and of held-out rows apart."""
    input:
        raw="data/raw/receipt.json",
    output:
        "data/splits/receipt.json",
        "data/validation_labels/receipt.json",
        "data/held_out/receipt.json",
        "data/held_out_labels/receipt.json",
    log:
        "logs/prepare.log",
    shell:
        "python -m pipeline step prepare {output[0]} --log {log}"


rule resample:
    """Folds of repeated cross-validation: what each trains on, apart from it what it holds out; none without."""
    input:
        raw="data/raw/receipt.json",
    output:
        FOLDS,
    log:
        "logs/resample.log",
    shell:
        "python -m pipeline step resample {output[0]} --log {log}"


rule select:
    """Random search on validation with seeds of its own: the same number of trials for every method."""
    input:
        splits="data/splits/receipt.json",
        labels="data/validation_labels/receipt.json",
    output:
        "choices/{method}/receipt.json",
    log:
        "logs/select_{method}.log",
    resources:
        gpu=lambda wildcards: gpus(STUDY, "select", [f"choices/{wildcards.method}"]),
    shell:
        "python -m pipeline step select {output} --log {log}"


# Training goes in packs: one process trains several runs, because starting torch costs more than a run does.
for number, pack in enumerate(PACKS, start=1):

    rule:
        name:
            f"train_{number}"
        input:
            each_splits=[f"{STUDY.splits_of(run)}/receipt.json" for run in pack],
            each_labels=[
                f"{STUDY.labels_of(STUDY.splits_of(run))}/receipt.json" for run in pack
            ],
            each_choice=[f"choices/{STUDY.method_of(run)}/receipt.json" for run in pack],
        output:
            [f"runs/{run}/receipt.json" for run in pack],
        log:
            f"logs/train_{number}.log",
        resources:
            gpu=gpus(STUDY, "train", [f"runs/{run}" for run in pack]),
        shell:
            "python -m pipeline step train {output[0]} --log {log}"


# Held-out scores of every run: no other rule reads what is held out, and this one under a committed plan alone. Models
# predict from inputs; what they predicted is scored by the labels in a process that loads no model. Of folds each has a
# job of its own: models of one were trained on the labels of the others.
for name, runs in TOGETHER.items():

    rule:
        name:
            name
        input:
            each_held_out=[f"{STUDY.held_out_of(run)}/receipt.json" for run in runs],
            each_labels=[
                f"{STUDY.labels_of(STUDY.held_out_of(run))}/receipt.json"
                for run in runs
            ],
            each_run=[f"runs/{run}/receipt.json" for run in runs],
        output:
            [f"evaluations/{run}/receipt.json" for run in runs],
        log:
            f"logs/{name}.log",
        resources:
            gpu=gpus(STUDY, "evaluate", [f"evaluations/{run}" for run in runs]),
        shell:
            "python -m pipeline step evaluate {output[0]} --log {log}"


rule analyse:
    """Tables, controls, contrasts and verdicts; validation alone as long as nothing was evaluated."""
    input:
        splits="data/splits/receipt.json",
        labels="data/validation_labels/receipt.json",
        choices=CHOICES,
        runs=RUNS,
        controls=CONTROLS,
        evaluations=EVALUATIONS,
    output:
        "analysis/receipt.json",
    log:
        "logs/analyse.log",
    shell:
        "python -m pipeline step analyse {output} --log {log}"


rule report:
    """What people read: HTML, Markdown, LaTeX tables, figures, and the same numbers for machines."""
    input:
        analysis="analysis/receipt.json",
        graph=GRAPH,
    output:
        "results/receipt.json",
    log:
        "logs/report.log",
    shell:
        "python -m pipeline step report {output} --log {log}"


onsuccess:
    shell("python -m pipeline step observe")
    report_failures(all_was_made=True)


onerror:
    report_failures()


settle(
    STUDY,
    [*TRAINED, *EVALUATED] if "only" in config else rules.all.input,
    {
        "fetch": [rules.fetch],
        "prepare": [rules.prepare],
        "resample": [rules.resample],
        "select": [rules.select],
        "train": [
            getattr(rules, f"train_{number}") for number in range(1, len(PACKS) + 1)
        ],
        "evaluate": [getattr(rules, name) for name in TOGETHER],
        "analyse": [rules.analyse],
        "report": [rules.report],
    },
    {
        "all": rules.all.input,
        "study": rules.all.input,  # how the studies in studies/ name it
        "prepared": rules.prepared.input,
        "trained": rules.trained.input,
        "evaluated": rules.evaluated.input,
    },
    config.get("jobs_per_gpu", 1),
)
