"""Runs a program to its end, and writes to a file how long that took, by the clock and of processors, and how much memory
the largest of its processes had.

measure.py REPORT PROGRAM ARGUMENTS...
"""

import json
import os
import subprocess
import sys
import time

start = time.perf_counter()
process = subprocess.Popen(sys.argv[2:])
_, status, usage = os.wait4(process.pid, 0)
seconds = time.perf_counter() - start
# On Linux in KiB; it covers what the program itself waited for.
with open(sys.argv[1], "w", encoding="utf-8") as report:
    cpu = usage.ru_utime + usage.ru_stime
    json.dump({"seconds": seconds, "cpu_seconds": cpu, "peak_kib": usage.ru_maxrss}, report)
sys.exit(os.waitstatus_to_exitcode(status))
