"""Processes of this machine, told from later ones that were given the same number."""

import psutil

CLOCKS_DIFFER = 60.0  # seconds: that of a shared disk is not this machine's


def is_still_at_work(process: int, since: float) -> bool:
    """Tell whether the process with a number that was at work at a time (Unix, in seconds) still is.

    One that has ended is not, though nobody has asked for its status yet; nor is one that began after that time.
    """
    try:
        found = psutil.Process(process)
        return bool(found.status() != psutil.STATUS_ZOMBIE and found.create_time() < since + CLOCKS_DIFFER)
    except psutil.NoSuchProcess:
        return False
    except psutil.AccessDenied:
        return True
