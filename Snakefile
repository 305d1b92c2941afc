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
from pipeline.snakefile import covered, gpus, open_study, packs, report_failures, settle

STUDY = open_study()
GRAPH = os.path.relpath(ROOT / "docs/graph.svg")  # one for all studies
COVERED = covered(STUDY, config.get("only"))  # every run, or some
PACKS = packs(STUDY, COVERED, config.get("pack", 21))
FOLDS = expand(
    "data/{part}/{fold}/receipt.json",
    part=["folds", "tested"],
    fold=STUDY.folds.values(),  # of repeated cross-validation, if any
)
CHOICES = expand("choices/{method}/receipt.json", method=STUDY.methods)
RUNS = expand("runs/{run}/receipt.json", run=STUDY.judged)
CONTROLS = expand("runs/{run}/receipt.json", run=STUDY.controls)
EVALUATIONS = expand("evaluations/{run}/receipt.json", run=STUDY.opened(STUDY.runs))
TRAINED = expand("runs/{run}/receipt.json", run=COVERED)
LATER = expand("runs/{run}/receipt.json", run=STUDY.later)  # judged at a later look
OPENED = expand("runs/{run}/receipt.json", run=STUDY.opened(COVERED))
HELD_OUT = [f"{STUDY.held_out_of(run)}/receipt.json" for run in STUDY.opened(COVERED)]
EVALUATED = expand("evaluations/{run}/receipt.json", run=STUDY.opened(COVERED))


rule all:
    input:
        "results/receipt.json",
        LATER,


rule prepared:
    """The splits, and apart from them what is held out."""
    input:
        "data/splits/receipt.json",
        "data/held_out/receipt.json",
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
    """Training and validation rows in one artefact, the held-out rows in another that only evaluate reads."""
    input:
        raw="data/raw/receipt.json",
    output:
        "data/splits/receipt.json",
        "data/held_out/receipt.json",
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
            each_choice=[f"choices/{STUDY.method_of(run)}/receipt.json" for run in pack],
        output:
            [f"runs/{run}/receipt.json" for run in pack],
        log:
            f"logs/train_{number}.log",
        resources:
            gpu=gpus(STUDY, "train", [f"runs/{run}" for run in pack]),
        shell:
            "python -m pipeline step train {output[0]} --log {log}"


rule evaluate:
    """Held-out scores of every run: the only rule that reads what is held out, under a committed plan alone."""
    input:
        each_held_out=HELD_OUT,
        each_run=OPENED,
    output:
        EVALUATED,
    log:
        "logs/evaluate.log",
    resources:
        gpu=gpus(STUDY, "evaluate", map(os.path.dirname, EVALUATED)),
    shell:
        "python -m pipeline step evaluate {output[0]} --log {log}"


rule analyse:
    """Tables, controls, contrasts and verdicts; validation alone as long as nothing was evaluated."""
    input:
        splits="data/splits/receipt.json",
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
        "evaluate": [rules.evaluate],
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
