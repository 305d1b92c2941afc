"""Workers: child processes that confine themselves before they load study code, and answer through one socket.

A worker is forked from a process that has loaded no study code. It keeps no descriptor but its socket and where it
prints, dies with its parent, and its answers are JSON: what it says is data, never an object of its making.
"""

import contextlib
import ctypes
import gc
import json
import os
import signal
import socket
import sys
import traceback
from collections.abc import Callable, Iterator
from types import FrameType
from typing import Any, Self

from pipeline.base.errors import PipelineError

Answer = Callable[[Any], Any]
PARENT_DEATH_SIGNAL = 1  # of prctl(2)
FORWARDED = (signal.SIGTERM, signal.SIGHUP)  # that tell a job to end: its body may have work to keep
DEFAULT = (signal.SIGTERM, signal.SIGHUP, signal.SIGINT, signal.SIGALRM)


class WorkerEndedError(PipelineError):
    """A worker that ended before it answered; `signal` is what ended it, 0 where it ended itself."""

    def __init__(self, status: int) -> None:
        """`status` is its exit status, minus the signal's number where one ended it."""
        self.signal = max(0, -status)
        how = (
            f"was ended by {signal.Signals(self.signal).name}" if self.signal else f"ended itself with status {status}"
        )
        super().__init__(f"the process that runs the study's code {how} before it was done")


class Worker:
    """A child process that answers one request after another."""

    def __init__(self, begin: Callable[[], tuple[Any, Answer]]) -> None:
        """Fork; in the child `begin` confines it and returns what to tell the parent first, and what answers requests.

        Raises PipelineError where `begin` does.
        """
        ours, theirs = socket.socketpair()
        flush()
        self.parent = os.getpid()
        self.process = os.fork()
        if self.process == 0:
            work(theirs, self.parent, begin)
        theirs.close()
        self.status = 0
        self.socket = ours
        self.lines = ours.makefile("rb")
        self.told = self._answer()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *raised: object) -> None:
        self.close()

    def __del__(self) -> None:
        if getattr(self, "process", 0) and sys is not None and not sys.is_finalizing():  # then it ends: see die_with
            self.close()

    def ask(self, request: Any) -> Any:
        """Return the answer to a request, both JSON; raise PipelineError with what went wrong in the worker.

        Raises WorkerEndedError where the worker is no more.
        """
        if not self.process:
            raise WorkerEndedError(self.status)
        with contextlib.suppress(OSError):  # it has ended: its answer says so
            self.socket.sendall(json.dumps(request).encode() + b"\n")
        return self._answer()

    def close(self) -> None:
        """End the worker at once, whatever it does."""
        if self.process and os.getpid() == self.parent:  # a fork of this process has no say in it
            self._end_all()
            self._wait()

    def _end_all(self) -> None:
        """Kill the worker and all of its session: what it has started ends with it."""
        with contextlib.suppress(ProcessLookupError):
            os.kill(self.process, signal.SIGKILL)
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self.process, signal.SIGKILL)

    def _answer(self) -> Any:
        try:
            line = self.lines.readline()
        except OSError:
            line = b""
        if not line.endswith(b"\n"):
            raise WorkerEndedError(self._wait())
        try:
            answer = json.loads(line)
            kind, value = answer["kind"], answer["value"]
        except (ValueError, TypeError, LookupError):
            self.close()
            raise PipelineError("the process that runs the study's code says what is no answer") from None
        if kind == "failed":
            raise PipelineError(str(value))
        return value

    def _wait(self) -> int:
        _, status = os.waitpid(self.process, 0)
        self._end_all()
        self.process, self.status = 0, os.waitstatus_to_exitcode(status)
        self.lines.close()
        self.socket.close()
        return self.status


@contextlib.contextmanager
def told_to_end(worker: Worker) -> Iterator[None]:
    """Pass on to a worker that this process is told to end; the worker's end is then this one's, by the same signal.

    One worker within another: both are told.
    """

    def forward(number: int, frame: FrameType | None) -> None:
        if worker.process:
            os.kill(worker.process, number)
        if callable(earlier := before[number]):
            earlier(number, frame)

    heard: list[int] = [number for number in FORWARDED if signal.getsignal(number) != signal.SIG_IGN]  # as nohup has it
    before: dict[int, Any] = {number: signal.getsignal(number) for number in heard}
    for number in heard:
        signal.signal(number, forward)
    try:
        yield
    except WorkerEndedError as error:
        if error.signal:
            end_by(error.signal)
        raise
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def end_by(number: int) -> None:
    """End this process by a signal, as if nothing had caught it: who started it sees how its work ended."""
    flush()
    if number not in (signal.SIGKILL, signal.SIGSTOP):
        signal.signal(number, signal.SIG_DFL)
    os.kill(os.getpid(), number)


def work(channel: socket.socket, parent: int, begin: Callable[[], tuple[Any, Answer]]) -> None:
    """Be a worker: begin, answer until the parent ends, and end without any of its leftovers."""
    try:
        os.setsid()  # no terminal is its own, and all that it starts can be ended with it
        own = channel.fileno()
        os.register_at_fork(after_in_child=lambda: os.dup2(0, own))  # its end is heard though its children go on
        gc.freeze()  # what the parent had open is closed below, and its numbers are given anew
        die_with(parent)
        for number in DEFAULT:
            if signal.getsignal(number) != signal.SIG_IGN:
                signal.signal(number, signal.SIG_DFL)
        keep_descriptors(own)
        with channel, channel.makefile("rb") as requests:
            answer: Answer | None = None
            try:
                first, answer = begin()
                die_with(parent)  # once more: the kernel forgets it where a process gets other credentials
            except BaseException as error:
                tell(channel, "failed", said(error))
            else:
                answered(channel, first)
            for line in requests if answer else ():
                try:
                    value = answer(json.loads(line))  # type: ignore[misc]
                except BaseException as error:
                    tell(channel, "failed", said(error))
                else:
                    answered(channel, value)
    except OSError:  # the parent is no more
        pass
    finally:
        flush()
        os._exit(0)


def answered(channel: socket.socket, value: Any) -> None:
    """Send an answer, or that it is none that JSON can hold."""
    try:
        tell(channel, "answer", value)
    except (TypeError, ValueError) as error:
        tell(channel, "failed", f"its answer is not JSON: {error}")


def tell(channel: socket.socket, kind: str, value: Any) -> None:
    """Send one answer."""
    flush()
    channel.sendall(json.dumps({"kind": kind, "value": value}).encode() + b"\n")


def said(error: BaseException) -> str:
    """Return an error in one line, its traceback printed where it is none of the known kinds."""
    if isinstance(error, PipelineError):
        return str(error)
    with contextlib.suppress(OSError):  # the disk may be full
        traceback.print_exc()
    return " ".join(f"{type(error).__name__}: {error}".split())


def keep_descriptors(channel: int) -> None:
    """Close every descriptor but the worker's socket and where Python prints: a file; a terminal is none of its own."""
    nothing = os.open(os.devnull, os.O_RDWR)
    os.dup2(nothing, 0)
    printed = {1: printed_to(sys.stdout), 2: printed_to(sys.stderr)}
    for descriptor, place in printed.items():
        if place is None or os.isatty(place):
            os.dup2(nothing, place or descriptor)
        os.dup2(place or nothing, descriptor)
    before = 0
    for descriptor in sorted({1, 2, channel, *filter(None, printed.values())}):
        os.closerange(before + 1, descriptor)
        before = descriptor
    os.closerange(before + 1, os.sysconf("SC_OPEN_MAX"))


def printed_to(stream: Any) -> int | None:
    """Return the descriptor behind a stream that Python prints to, None where there is none."""
    with contextlib.suppress(OSError, ValueError, AttributeError):
        return int(stream.fileno())
    return None


def die_with(parent: int) -> None:
    """Have the kernel kill this process when its parent ends, however that ends; at once where it has."""
    if sys.platform == "linux":
        ctypes.CDLL(None, use_errno=True).prctl(PARENT_DEATH_SIGNAL, signal.SIGKILL, 0, 0, 0)
    if os.getppid() != parent:
        os._exit(1)


def flush() -> None:
    """Write out what was printed so far: a fork would print it twice, and a kill never."""
    for stream in (sys.stdout, sys.stderr):
        with contextlib.suppress(OSError, ValueError, AttributeError):
            stream.flush()
