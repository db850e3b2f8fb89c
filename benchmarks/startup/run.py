#!/usr/bin/env python3
"""How long `assay check` takes on one small function, and how much of it is the start of the process.

usage: python3 benchmarks/startup/run.py [--repeats N]

The commands run in turn; the table has medians of wall time, processor time and peak memory. The floor is what no checker built on Clang and Z3 can
avoid: starting a process (`true`), and parsing the same file with the same Clang (`clang-19 -fsyntax-only`).
"""
import argparse
import os
import pathlib
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))
import bench

EXAMPLE = "docs/examples/midpoint.c"


def timed(command):
    """One run: wall and processor seconds, peak memory of the process itself."""
    begin = time.perf_counter()
    child = os.posix_spawnp(command[0], command, os.environ, file_actions=[(os.POSIX_SPAWN_OPEN, fd, os.devnull, os.O_WRONLY, 0) for fd in (1, 2)])
    _, status, usage = os.wait4(child, 0)
    return {"seconds": time.perf_counter() - begin, "cpu_seconds": usage.ru_utime + usage.ru_stime, "peak_mb": usage.ru_maxrss // 1024, "exit": os.waitstatus_to_exitcode(status)}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--repeats", type=int, default=21)
    options = parser.parse_args()
    assay = bench.binary("assay")
    os.chdir(bench.ROOT)
    commands = {"true": ["true"],
                "clang-19 -fsyntax-only": ["clang-19", "-std=c17", "-fsyntax-only", EXAMPLE],
                "assay explain division-by-zero": [assay, "explain", "division-by-zero"],
                "assay concepts (parse and lower)": [assay, "concepts", EXAMPLE],
                "assay check, one function proved": [assay, "--no-cache", "check", EXAMPLE, "--function", "careful"],
                "assay check, one function refuted": [assay, "--no-cache", "check", EXAMPLE, "--function", "hasty"]}
    found = bench.alternate({name: (lambda command=command: timed(command)) for name, command in commands.items()}, options.repeats)
    rows = [{"name": name, "exit": results[0]["exit"], **{key: bench.median(results, key) for key in ("seconds", "cpu_seconds", "peak_mb")},
             "fastest_seconds": min(result["seconds"] for result in results)} for name, results in found.items()]
    print(f"{'command':40}{'wall s':>9}{'best s':>9}{'cpu s':>9}{'MB':>6}{'exit':>6}")
    for r in rows:
        print(f"{r['name']:40}{r['seconds']:9.3f}{r['fastest_seconds']:9.3f}{r['cpu_seconds']:9.3f}{r['peak_mb']:6.0f}{r['exit']:6}")
    bench.save("startup", rows, {"assay": bench.commit()})


main()
