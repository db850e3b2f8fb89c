#!/usr/bin/env python3
"""Runs discovery_benchmark and peer.py in turn on the same cases and prints their ratio.

usage: run.py DISCOVERY_BENCHMARK PEER_PYTHON [--edges N] > discovery.json

PEER_PYTHON is an interpreter with auto-circuit 1.0.1 and transformer-lens 2.15.4. The table goes to stderr.
"""
import json
import subprocess
import sys
from pathlib import Path

CASES = [
    ("EAP-IG, 5 steps, GPT-2-small shape", ["eap-ig"]),
    ("500 seeded edges exactly, GPT-2-small shape", ["exact"]),
    ("EAP-IG, 5 steps, 2 layers x 4 heads, d 64", ["eap-ig", "--layers", "2", "--heads", "4", "--width", "64", "--examples", "64", "--vocabulary", "64"]),
    ("every edge exactly, 2 layers x 4 heads, d 64", ["exact-all", "--layers", "2", "--heads", "4", "--width", "64", "--examples", "64", "--vocabulary", "64"]),
]


def line(command):
    done = subprocess.run(command, capture_output=True, text=True, timeout=3600)
    if done.returncode != 0:
        sys.exit(f"{command} failed: {done.stderr[-2000:]}")
    return json.loads(done.stdout.strip().splitlines()[-1])


def main():
    if len(sys.argv) < 3:
        sys.exit(__doc__)
    ours, python = sys.argv[1], sys.argv[2]
    peer = str(Path(__file__).parent / "peer.py")
    rows = []
    print(f"{'case':45} {'assay s':>9} {'peer s':>9} {'ratio':>7} {'assay MB':>9} {'peer MB':>9}", file=sys.stderr)
    for name, arguments in CASES:
        mine, theirs = line([ours] + arguments), line([python, peer] + arguments)
        rows.append({"name": name, "assay": mine, "auto_circuit": theirs})
        print(f"{name:45} {mine['seconds']:9.2f} {theirs['seconds']:9.2f} {theirs['seconds'] / mine['seconds']:6.1f}x {mine['peak_mb']:9} {theirs['peak_mb']:9}",
              file=sys.stderr)
    print(json.dumps(rows, indent=1))


main()
