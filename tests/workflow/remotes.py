"""Real servers on this machine that DVC can push to: S3 (moto's), and SSH (OpenSSH's own daemon)."""

import getpass
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.needs import program, require
from tests.study import Study
from tests.waiting import wait_until

BUCKET = "studies"
ACCESS = {"AWS_ACCESS_KEY_ID": "reader", "AWS_SECRET_ACCESS_KEY": "secret", "AWS_DEFAULT_REGION": "us-east-1"}
DAEMON = """
HostKey {folder}/host
AuthorizedKeysFile {folder}/reader.pub
PidFile {folder}/sshd.pid
ListenAddress 127.0.0.1:{port}
Subsystem sftp internal-sftp
PasswordAuthentication no
PermitRootLogin prohibit-password
StrictModes no
UsePAM no
"""


@dataclass
class Remote:
    """A remote: its address for everybody, what only this machine says of it, and the way to what it keeps."""

    url: str
    local: dict[str, str]
    read: Callable[[str], bytes]
    write: Callable[[str, bytes], None]
    remove: Callable[[str], None]
    environment: dict[str, str] = field(default_factory=dict)

    def name_in(self, study: Study) -> None:
        """Name the remote for everybody who has the repository."""
        study.dvc("remote", "add", "-d", "shared", self.url)
        study.commit("Name the remote")

    def reach_from(self, study: Study) -> None:
        """State what only this machine says of it, where Git does not look."""
        for key, value in self.local.items():
            study.dvc("remote", "modify", "--local", "shared", key, value)


def free_port() -> int:
    """Return a port that nobody listens at."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


def started(command: list[str], port: int, log: Path) -> "subprocess.Popen[bytes]":
    """Start a server in a session of its own and wait until it listens."""
    with log.open("wb") as said:
        server = subprocess.Popen(command, stdout=said, stderr=said, start_new_session=True)

    def listens() -> bool:
        assert server.poll() is None, log.read_text()
        with socket.socket() as probe:
            return probe.connect_ex(("127.0.0.1", port)) == 0

    try:
        wait_until(listens, f"the server that logs to {log}", 60)
    except AssertionError:
        stop(server)
        raise
    return server


def stop(server: "subprocess.Popen[bytes]") -> None:
    """End a server and all that it started."""
    if server.poll() is None:
        os.killpg(server.pid, signal.SIGKILL)
    server.wait()


def s3(folder: Path) -> Iterator[Remote]:
    """Yield a bucket."""
    import boto3

    port = free_port()
    code = f"from moto.server import main; main(['-H', '127.0.0.1', '-p', '{port}'])"
    server = started([sys.executable, "-c", code], port, folder / "log")
    address = f"http://127.0.0.1:{port}"
    keys = {"aws_access_key_id": "reader", "aws_secret_access_key": "secret", "region_name": "us-east-1"}
    client: Any = boto3.client("s3", endpoint_url=address, **keys)
    client.create_bucket(Bucket=BUCKET)

    def path(name: str) -> dict[str, str]:
        return {"Bucket": BUCKET, "Key": f"this/{name}"}

    try:
        yield Remote(
            url=f"s3://{BUCKET}/this",
            local={"endpointurl": address},
            read=lambda name: bytes(client.get_object(**path(name))["Body"].read()),
            write=lambda name, content: client.put_object(**path(name), Body=content),
            remove=lambda name: client.delete_object(**path(name)),
            environment=ACCESS,
        )
    finally:
        stop(server)


def ssh(folder: Path) -> Iterator[Remote]:
    """Yield a folder behind a daemon of SSH that this user runs."""
    require("sshd")
    for name in ("host", "reader"):
        subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(folder / name)], check=True)
    port, kept = free_port(), folder / "kept"
    (folder / "sshd_config").write_text(DAEMON.format(folder=folder, port=port))
    if os.geteuid() == 0:
        Path("/run/sshd").mkdir(exist_ok=True)  # where sshd gives up root's rights; its package makes it at boot
    server = started([str(program("sshd")), "-D", "-e", "-f", str(folder / "sshd_config")], port, folder / "log")

    def write(name: str, content: bytes) -> None:
        (kept / name).chmod(0o644)
        (kept / name).write_bytes(content)

    try:
        yield Remote(
            url=f"ssh://127.0.0.1{kept}",
            local={"port": str(port), "user": getpass.getuser(), "keyfile": str(folder / "reader")},
            read=lambda name: (kept / name).read_bytes(),
            write=write,
            remove=lambda name: (kept / name).unlink(),
        )
    finally:
        stop(server)
