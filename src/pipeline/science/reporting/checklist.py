"""The reproducibility checklist, answered as far as the analysis has evidence; what it has none for is not answered.

The questions are those of the NeurIPS paper checklist (2024) and of the machine-learning reproducibility checklist
(Pineau et al. 2021), in short. An answer links to what it rests on; none is taken from anyone's word.
"""

from dataclasses import dataclass

from pipeline.science.reporting.analysis import Analysis
from pipeline.science.reporting.blocks import Cell, Paragraph, Section, Table
from pipeline.science.reporting.sampling import sampling
from pipeline.science.reporting.tables import columns
from pipeline.science.reporting.wording import counted

NOT_ANSWERED = "not answered"


@dataclass(frozen=True)
class Item:
    """One question, its answer, and the place in the report that shows it."""

    question: str
    answer: str = NOT_ANSWERED
    evidence: str = ""
    link: str = ""


def checklist(analysis: Analysis) -> Section:
    """Return the checklist as a section."""
    items = [claims(analysis), *reproducibility(analysis), *statistics(analysis), *resources(analysis), *unanswered()]
    answered = sum(item.answer != NOT_ANSWERED for item in items)
    text = (
        f"Questions of the NeurIPS and the machine-learning reproducibility checklists: {answered} of {len(items)} are "
        "answered by evidence in this report. The others ask for what no artefact shows; their authors must answer."
    )
    return Section("Reproducibility checklist", "checklist", (Paragraph(text), table(items)))


def table(items: list[Item]) -> Table:
    """Return the items as a table, each answer with its link."""
    rows = tuple(
        (
            Cell(item.question),
            Cell(item.answer, tone="quiet" if item.answer == NOT_ANSWERED else ""),
            Cell(item.evidence or "—", tone="" if item.evidence else "quiet", href=item.link),
        )
        for item in items
    )
    caption = "An answer is given only where something here shows it."
    return Table("checklist", caption, columns("question", "answer", "evidence"), rows)


def claims(analysis: Analysis) -> Item:
    """Return whether the claims are those that were stated beforehand and are judged."""
    question = "Do the claims match the results, and were they stated beforehand?"
    if analysis.exploratory:
        return Item(question)
    if analysis.study.deviations:
        answer = f"partly: {counted(len(analysis.study.deviations), 'deviation')} from the plan"
        return Item(question, answer, "deviations", "#notes")
    return Item(question, "yes: judged by the locked plan", "hypothesis and rule", "#claim")


def reproducibility(analysis: Analysis) -> list[Item]:
    """Return what is said of data, settings and rebuilding."""
    study = analysis.study
    trials = counted(study.search.trials, "trial")
    return [
        Item("Are limits discussed?", "yes", "limits", "#limits"),
        Item("Is there what it takes to rebuild it?", "yes: code, environment, seeds", "how to rebuild", "#rebuild"),
        Item("Are the data identified, with the sizes of all splits?", "yes: by sha256", "data", "#data"),
        Item("Are all settings of the method given?", "yes", "method", "#claim"),
        Item("Are the ranges and choice of hyper-parameters given?", f"yes: {trials} each", "budget", "#budget"),
        Item("Is the metric defined?", f"yes: {study.metric}", "hypothesis and rule", "#claim"),
        Item("Is the number of training and evaluation runs given?", "yes", "results", "#results"),
    ]


def statistics(analysis: Analysis) -> list[Item]:
    """Return what is said of variation and significance."""
    intervals = Item("Do results have error bars, and is it said of what?", "yes", "results", "#results")
    question = "Are differences tested, and the tests named?"
    if "contrasts" not in analysis.tables:
        return [intervals, Item(question)]
    tested = f"yes: {sampling(analysis).test}, with the correction that the rule states"
    return [intervals, Item(question, tested, "contrasts", "#contrasts")]


def resources(analysis: Analysis) -> list[Item]:
    """Return what is said of costs: those that follow from the study; time and energy are not in any artefact."""
    device = analysis.study.compute.get("device")
    known = Item("Is the kind of processor given?", f"yes: {device}", "data", "#data")
    return [
        Item("Are compute costs given for each run?", "yes: parameters, FLOPs, bytes", "costs", "#costs"),
        known if device else Item("Is the kind of processor given?"),
        Item("Are run time, memory and energy given?"),
    ]


def unanswered() -> list[Item]:
    """Return the questions for which no artefact is evidence."""
    return [
        Item(question)
        for question in (
            "Are code and data openly accessible?",
            "Were rows left out or cleaned before, and how?",
            "Are the data's and the code's licences named and respected?",
            "Are assumptions and proofs of theory given?",
            "Does the work follow a code of ethics; are consent and review boards documented?",
            "Are broader impacts and safeguards discussed?",
            "Are new assets documented?",
            "Is the use of language models in the method described?",
        )
    ]
