"""What Git says of this repository."""

import subprocess


def git_says(*arguments: str) -> list[str]:
    """Return the lines that Git prints, none where it fails or is not there."""
    try:
        done = subprocess.run(["git", *arguments], capture_output=True, text=True, check=True)
    except (OSError, subprocess.CalledProcessError):
        return []
    return done.stdout.splitlines()
