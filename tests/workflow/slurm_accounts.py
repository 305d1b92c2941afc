"""A real accounting database: MariaDB and slurmdbd, with one account that jobs must be of."""

import socket
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.needs import ACCOUNTS
from tests.waiting import wait_until
from tests.workflow.slurm import EVERY, asked, started

ACCOUNT = "lab"
ACCOUNTING = """AccountingStorageType=accounting_storage/slurmdbd
AccountingStorageHost=127.0.0.1
AccountingStorageEnforce=associations"""
CONFIGURATION = """
AuthType=auth/munge
DbdHost=localhost
SlurmUser=root
LogFile={folder}/slurmdbd.log
PidFile={folder}/slurmdbd.pid
StorageType=accounting_storage/mysql
StorageHost=127.0.0.1
StoragePort={port}
StorageUser=slurm
StoragePass={password}
StorageLoc=slurm_acct_db
"""
PASSWORD = "of-a-test"


@contextmanager
def accounting(folder: Path) -> Iterator[None]:
    """Run MariaDB and slurmdbd, munge being there; jobs of root are of the one account."""
    folder.mkdir()
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    configuration = folder / "slurmdbd.conf"
    configuration.write_text(CONFIGURATION.format(folder=folder, port=port, password=PASSWORD))
    configuration.chmod(0o600)
    ACCOUNTS.symlink_to(configuration)
    daemons = []
    try:
        daemons.append(mariadb(folder, port))
        daemons.append(started(["slurmdbd", "-D"]))
        wait_until(lambda: sacctmgr("list", "cluster").returncode == 0, "slurmdbd", every=EVERY)
        for entity in (("cluster", "test"), ("account", ACCOUNT), ("user", "root", f"account={ACCOUNT}")):
            done = sacctmgr("add", *entity)
            assert done.returncode == 0 or "Nothing new added" in done.stdout, done.stdout + done.stderr
        yield
    finally:
        for daemon in reversed(daemons):
            daemon.terminate()
            daemon.wait(60)
        ACCOUNTS.unlink()


def mariadb(folder: Path, port: int) -> "subprocess.Popen[bytes]":
    """Start a database of its own with a user for slurmdbd."""
    data = folder / "data"
    own = ["--no-defaults", f"--datadir={data}", "--user=root"]
    subprocess.run(["mariadb-install-db", *own, "--skip-test-db"], check=True, capture_output=True)
    places = [f"--socket={data}/door", f"--port={port}", "--bind-address=127.0.0.1", f"--pid-file={data}/pid"]
    daemon = started(["mariadbd", *own, *places, "--innodb-buffer-pool-size=64M"])
    client = ["mariadb", "--no-defaults", f"--socket={data}/door", "-e"]
    asking = [*client, "SELECT 1"]
    wait_until(lambda: subprocess.run(asking, capture_output=True, check=False).returncode == 0, "MariaDB", every=EVERY)
    grant = f"CREATE USER slurm@localhost IDENTIFIED BY '{PASSWORD}'; GRANT ALL ON slurm_acct_db.* TO slurm@localhost"
    subprocess.run([*client, f"{grant}; {grant.replace('localhost', '127.0.0.1')}"], check=True)
    return daemon


def sacctmgr(*arguments: str) -> "subprocess.CompletedProcess[str]":
    """Ask the accounting database."""
    return subprocess.run(["sacctmgr", "-i", *arguments], capture_output=True, text=True, check=False)


def accounted(*fields: str) -> list[list[str]]:
    """Return some fields of all jobs that the database knows."""
    listed = asked("sacct", "-X", "-n", "-P", "-a", f"--format={','.join(fields)}")
    return [line.split("|") for line in listed.splitlines()]
