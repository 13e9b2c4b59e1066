"""Runs a program and writes its elapsed time, CPU time and peak memory (of its largest process) to a file.

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
# On Linux in KiB; includes child processes that the program waited for.
with open(sys.argv[1], "w", encoding="utf-8") as report:
    cpu = usage.ru_utime + usage.ru_stime
    json.dump({"seconds": seconds, "cpu_seconds": cpu, "peak_kib": usage.ru_maxrss}, report)
sys.exit(os.waitstatus_to_exitcode(status))
