"""What the differences of a whole rebuild come to: across machines, across the graph, against the conclusions."""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pipeline.io.receipts import wildcard_regex
from pipeline.study_code import STAGES
from pipeline.verifying.comparing import parted_between
from pipeline.verifying.judging import (
    RUN_RECORD,
    Judged,
    Verdict,
    conclusions_stand,
    judge,
    most_telling,
    not_rebuilt,
    other_class,
)
from pipeline.verifying.rebuilding import Rebuilt, upstream
from pipeline.verifying.recorded import Recorded
from pipeline.verifying.scope import Scope

ABSENT_DEVICE = "compute.device"  # the key that an error about a device names


def weigh(homes: list[str], recorded: Recorded, study: Path, scope: Scope, rebuilt: Rebuilt) -> dict[str, Judged]:
    """Return the verdict on each artefact, in the graph's order.

    What was made on another class of machine, or rests on what was and differs, is not comparable here. What
    diverged in a full rebuild that comes to every recorded conclusion is equivalent, unless it was told other things.
    """
    judged: dict[str, Judged] = {}
    stand = scope.full and conclusions_stand(recorded.manifest, study)
    for home in sorted(homes, key=position):
        if home not in rebuilt.homes:
            judged[home] = missing(home, recorded, rebuilt, scope)
            continue
        found = judged[home] = judge(home, recorded, study)
        if found.verdict is Verdict.IDENTICAL:
            continue
        if reason := other_class(home, recorded) or inherited(home, study, judged):
            found.verdict, found.detail = Verdict.NOT_COMPARABLE, f"{reason}; {found.detail}"
        elif found.verdict is Verdict.DIVERGED and stand and found.as_stated:
            found.verdict, found.detail = Verdict.EQUIVALENT, f"every conclusion stands; {found.detail}"
    return judged


def missing(home: str, recorded: Recorded, rebuilt: Rebuilt, scope: Scope) -> Judged:
    """Return the verdict on an artefact that was not rebuilt."""
    reason = rebuilt.reason(home)
    if scope.full and not rebuilt.reasons and not rebuilt.stopped:
        return not_rebuilt(home, recorded, Verdict.DIVERGED, "was recorded, and the study calls for no such artefact")
    verdict = Verdict.NOT_COMPARABLE if ABSENT_DEVICE in reason else Verdict.NOT_VERIFIABLE
    return not_rebuilt(home, recorded, verdict, f"was not rebuilt: {reason}")


def inherited(home: str, study: Path, judged: Mapping[str, Judged]) -> str:
    """Return which artefact that cannot be compared here this one read, or nothing."""
    for source in upstream(study, home):
        if source in judged and judged[source].verdict is Verdict.NOT_COMPARABLE:
            return f"rests on {source}, which is not comparable here"
    return ""


def stage_of(home: str) -> str:
    """Return the stage that makes an artefact."""
    return next((name for name, stage in STAGES.items() if re.fullmatch(wildcard_regex(stage.HOME), home)), "")


def position(home: str) -> tuple[int, str]:
    """Return where an artefact stands in the graph's order."""
    return [*STAGES, ""].index(stage_of(home)), home


def first_difference(judged: Mapping[str, Judged], recorded: Recorded, study: Path) -> dict[str, Any] | None:
    """Return where recorded and rebuilt first part, upstream first: stage, artefact, file, place, training steps.

    `steps` are the last at which the weights were still the same, and the first at which they are known not to be.
    """
    for home in sorted(judged, key=position):
        found = judged[home]
        if found.differences:
            name, difference = most_telling(found)
            kept = recorded.bytes_of(home, RUN_RECORD) if home in recorded.artefacts else None
            return {
                "stage": stage_of(home),
                "artefact": home,
                "file": name,
                "place": difference.where,
                "steps": parted_between(kept, study / home / RUN_RECORD) if kept else None,
                "said": difference.said,
            }
    return None
