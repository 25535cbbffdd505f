"""Becomes LibreOffice, having limited itself first: PROGRAM ARGUMENTS...

A script of its own because limits are set between fork and exec, where a server with threads
may run no Python.
"""

import os
import resource
import sys

MEMORY = 4 * 1024 * 1024 * 1024
SECONDS = 240
LARGEST_FILE = 512 * 1024 * 1024

if __name__ == "__main__":
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS))
    resource.setrlimit(resource.RLIMIT_FSIZE, (LARGEST_FILE, LARGEST_FILE))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    os.execv(sys.argv[1], sys.argv[1:])  # nosec B606
