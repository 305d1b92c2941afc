"""A command of a test: asks a server for a process that has its imports done, or becomes the real program.

It is real where the process is to begin otherwise than the servers did: with a module that they do not know, other
variables that Python or a library reads at its start, another user, other namespaces, confined, or traced.
"""

import array
import contextlib
import json
import os
import resource
import select
import signal
import socket
import sys

HERE = os.path.dirname(os.path.abspath(sys.argv[0]))
SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGUSR1, signal.SIGUSR2, signal.SIGQUIT)


def main() -> None:
    """Run the command that this program was called as."""
    with open(os.path.join(HERE, "facts.json")) as file:
        facts = json.load(file)
    name, arguments = os.path.basename(sys.argv[0]), sys.argv[1:]
    if name != "python":
        arguments = ["-m", name, *arguments]
    if name == "pipeline":  # as bin/pipeline does
        os.environ["PYTHONPATH"] = os.path.join(top(), "src")
    if not is_warm(facts, arguments):
        become(facts["python"], arguments)
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as server:
        try:
            server.connect(os.path.join(HERE, f"server-{os.urandom(1)[0] % facts['servers']}"))
        except OSError:
            become(facts["python"], arguments)
        end(ask(server, arguments))


def top() -> str:
    """Return the top of the checkout that this is called in."""
    folder = os.getcwd()
    while not os.path.isdir(os.path.join(folder, ".git")) and folder != "/":
        folder = os.path.dirname(folder)
    return folder


def become(python: str, arguments: list[str]) -> None:
    """Become the real program, whose own programs are real too."""
    os.environ["PATH"] = os.pathsep.join(
        place for place in os.environ.get("PATH", os.defpath).split(os.pathsep) if place != HERE
    )
    os.execv(python, [python, *arguments])


def is_warm(facts: dict, arguments: list[str]) -> bool:
    """Tell whether a process with these arguments, in this environment, may begin in a server."""
    if arguments[:1] != ["-m"] or arguments[1:2] == [] or arguments[1] not in facts["modules"]:
        return False
    if os.getuid() != facts["uid"]:
        return False
    expected, prefixes = facts["at_start"], tuple(facts["prefixes"])
    for name, value in os.environ.items():
        read_at_start = name.startswith(prefixes) and name not in ("PYTHONPATH", "PYTHONHASHSEED")
        if read_at_start and value not in (expected.get(name), facts["machine"].get(name)):
            return False
    with open("/proc/self/status") as file:
        status = dict(line.split(":", 1) for line in file)
    if any(int(status.get(key, "0")) for key in ("NoNewPrivs", "Seccomp", "TracerPid")):
        return False
    return all(os.readlink(f"/proc/self/ns/{name}") == place for name, place in facts["namespaces"].items())


def ask(server: socket.socket, arguments: list[str]) -> int:
    """Have a process forked that is as this one; return how it ended, as waitpid says it."""
    umask = os.umask(0)
    os.umask(umask)
    limits = [resource.getrlimit(number) for number in range(16)]
    request = {
        "arguments": arguments[1:],
        "cwd": os.getcwd(),
        "environment": dict(os.environ),
        "umask": umask,
        "limits": limits,
        "nice": os.nice(0),
        "program": os.path.join(HERE, "python"),
        "ignored": [number for number in SIGNALS if signal.getsignal(number) == signal.SIG_IGN],
    }
    waker = told_of_signals()
    body = json.dumps(request).encode()
    fds = array.array("i", [fd for fd in (0, 1, 2) if is_open(fd)])
    server.sendmsg(
        [len(body).to_bytes(8, "big") + bytes(fd in fds for fd in (0, 1, 2))],
        [(socket.SOL_SOCKET, socket.SCM_RIGHTS, fds)],
    )
    server.sendall(body)
    told = b""
    while len(told) < 4:
        ready, _, _ = select.select([server, waker], [], [])
        if server in ready:
            part = server.recv(4 - len(told))
            if not part:
                sys.exit("a warm server of the tests ended")
            told += part
        elif waker in ready:
            with contextlib.suppress(BrokenPipeError, ConnectionResetError):  # it has ended: how, is read next
                server.send(waker.recv(64))
    return int.from_bytes(told, "big")


def told_of_signals() -> socket.socket:
    """Return what gets the number of each signal that comes, a byte each, also of one that comes before it is read."""
    waker, wakes = socket.socketpair()
    wakes.setblocking(False)
    signal.set_wakeup_fd(wakes.detach())
    for number in SIGNALS:
        if signal.getsignal(number) != signal.SIG_IGN:
            signal.signal(number, lambda *_: None)
    return waker


def is_open(fd: int) -> bool:
    """Tell whether a descriptor is open."""
    try:
        os.fstat(fd)
    except OSError:
        return False
    return True


def end(status: int) -> None:
    """End as the process did."""
    if os.WIFSIGNALED(status):
        number = os.WTERMSIG(status)
        signal.signal(number, signal.SIG_DFL) if number not in (signal.SIGKILL, signal.SIGSTOP) else None
        os.kill(os.getpid(), number)
        signal.pause()
    os._exit(os.WEXITSTATUS(status))


main()
