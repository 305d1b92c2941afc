"""The one error tree. Each message says what was wrong, where, and what to do."""

import difflib
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


class ReceiptError(PipelineError):
    """An artefact whose receipt does not describe what is here now."""


class DamagedError(ReceiptError):
    """An artefact or a receipt that is not what was signed."""


class EnvironmentLockError(PipelineError):
    """An installed distribution that is not the locked one."""


class RecordError(PipelineError):
    """Results that cannot be recorded or restored as they are."""


class CertificateError(PipelineError):
    """A certificate that cannot be written, signed or read."""


class BusyError(PipelineError):
    """Another run is at work in this study."""


class RunFailedError(PipelineError):
    """One or more artefacts of a job failed; the others were kept."""

    def __init__(self, failed: Mapping[str, str]) -> None:
        """Failed maps each artefact to what went wrong."""
        super().__init__("; ".join(f"{home}: {reason}" for home, reason in failed.items()))
        self.failed = dict(failed)


def nearest(name: str, valid: Iterable[str]) -> str:
    """Return a remedy that names the closest valid spelling, or all of them."""
    names = sorted(valid)
    close = difflib.get_close_matches(name, names, n=1)
    return f"did you mean '{close[0]}'?" if close else f"valid names are {', '.join(names)}"
