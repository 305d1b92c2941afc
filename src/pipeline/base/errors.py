"""The one error tree. Each message says what was wrong, where, and what to do."""

import difflib
import errno
import os
from collections.abc import Iterable, Mapping


class PipelineError(Exception):
    """Anything the command line prints as one line, without a traceback."""


class ParameterError(PipelineError):
    """A parameter file that does not state a valid study."""

    def __init__(self, file: str, key: str, problem: str, remedy: str) -> None:
        super().__init__(f"{file}: {key}: {problem}; {remedy}")


class DataError(PipelineError):
    """Raw data that is missing or is not what its digest says."""


class DeviceError(PipelineError):
    """A compute device that was asked for and is not there."""


class PlanError(PipelineError):
    """A study that its committed plan does not cover."""


class LookError(PipelineError):
    """A record of what was looked at on held-out that is missing, removed or edited."""


class ReceiptError(PipelineError):
    """An artefact whose receipt does not describe what is here now."""


class DamagedError(ReceiptError):
    """An artefact or a receipt that is not what was signed."""


class EnvironmentLockError(PipelineError):
    """An installed distribution that is not the locked one."""


class ConfinementError(PipelineError):
    """A job that this machine could confine, and did not."""


class RecordError(PipelineError):
    """Results that cannot be recorded or restored as they are."""


class CertificateError(PipelineError):
    """A certificate that cannot be written, signed or read."""


class ClusterError(PipelineError):
    """A cluster that cannot run the study's jobs, or would never tell that they ended."""


class TrackerError(PipelineError):
    """A tracker that is not there, or does not take what it is given."""


class BusyError(PipelineError):
    """Another run is at work in this study."""


class RunFailedError(PipelineError):
    """One or more artefacts of a job failed; the others were kept."""

    def __init__(self, failed: Mapping[str, str]) -> None:
        """Failed maps each artefact to what went wrong."""
        super().__init__("; ".join(f"{home}: {reason}" for home, reason in failed.items()))
        self.failed = dict(failed)


REMEDIES = {
    errno.ENOSPC: "make room on that disk and run again; what was finished is kept",
    errno.EDQUOT: "make room within your quota and run again; what was finished is kept",
    errno.EFBIG: "raise the limit on the size of files (ulimit -f) and run again",
    errno.EROFS: "work in a folder that can be written",
    errno.EACCES: "give yourself permission to write there",
    errno.EPERM: "give yourself permission to write there",
}


def refusal(error: OSError) -> str | None:
    """Return one line on what this machine refused to write, with the remedy; None for an error of any other kind."""
    if isinstance(error.args[0] if error.args else None, list):  # shutil's own, of the files it could not copy
        _, place, reason = error.args[0][0]
        codes = [code for code in REMEDIES if f"[Errno {code}]" in str(reason)]
    else:
        place, codes = error.filename or "a file", [code for code in REMEDIES if code == error.errno]
    return f"{place}: cannot be written ({os.strerror(codes[0])}); {REMEDIES[codes[0]]}" if codes else None


def nearest(name: str, valid: Iterable[str]) -> str:
    """Return a remedy that names the closest valid spelling, or all of them."""
    names = sorted(valid)
    close = difflib.get_close_matches(name, names, n=1)
    return f"did you mean '{close[0]}'?" if close else f"valid names are {', '.join(names)}"
