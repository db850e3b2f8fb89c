#!/usr/bin/env python3
"""Tree enumeration against a plain batched PyTorch loop, on the same weights, in one run.

usage: python3 benchmarks/enumeration/run.py [--repeats N] [--scale N] [--peer-inputs N]

Makes build/peers on the first run. Assay walks the whole tree; the peer would need minutes for it, so it runs a stated number of its inputs, evenly
spread, and the rates are compared. For strings, where every prefix is an input, the peer runs whole strings and reads one answer off each.
Assay and the peer run in turn, on two threads each; the table has the medians. Needs: ninja -C build/release enumeration_benchmark
"""
import argparse
import json
import pathlib
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))
import bench

THREADS = 2


def run_case(number, ours, python, scratch, options):
    folder = bench.ROOT / "zoo" / "max_of_four" / "model" if number == 0 else scratch / f"model_{number}"
    described = scratch / f"case_{number}.json"

    def assay():
        line = bench.json_line([ours, str(number), str(folder), str(options.scale)])
        described.write_text(json.dumps(line))
        return line

    peer = lambda: bench.json_line([python, str(pathlib.Path(__file__).parent / "peer.py"), str(folder), str(described), str(options.peer_inputs), str(THREADS)])
    found = bench.alternate({"assay": assay, "peer": peer}, options.repeats)
    row = {"name": found["assay"][0]["case"], "inputs": found["assay"][0]["inputs"], "peer_inputs": options.peer_inputs, "assay": found["assay"], "pytorch": found["peer"]}
    row["inputs_per_second"] = row["inputs"] / bench.median(found["assay"], "seconds_2_threads")
    row["pytorch_inputs_per_second"] = bench.median(found["peer"], "inputs_per_second")
    row["ratio"] = row["inputs_per_second"] / row["pytorch_inputs_per_second"]
    return row


def print_table(rows):
    print(f"{'case':48}{'inputs':>12}{'1 thread':>10}{'2 threads':>10}{'inputs/s':>13}{'PyTorch/s':>11}{'ratio':>9}{'MB':>6}{'floor GFLOP':>12}{'GB':>6}")
    for r in rows:
        median = lambda key: bench.median(r["assay"], key)
        print(f"{r['name']:48}{r['inputs']:>12,}{median('seconds_1_thread'):>9.2f}s{median('seconds_2_threads'):>9.2f}s{r['inputs_per_second']:>13,.0f}"
              f"{r['pytorch_inputs_per_second']:>11,.0f}{r['ratio']:>8.1f}x{median('peak_mb'):>6.0f}{median('floor_gflop'):>12.2f}{median('floor_gb'):>6.2f}")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--scale", type=int, default=1)
    parser.add_argument("--peer-inputs", type=int, default=131072)
    options = parser.parse_args()
    ours, python = bench.binary("enumeration_benchmark"), bench.peers()
    with tempfile.TemporaryDirectory() as name:
        rows = [run_case(number, ours, python, pathlib.Path(name), options) for number in range(4)]
    print_table(rows)
    bench.save("enumeration", rows, {"assay": bench.commit(), **bench.PEERS})


main()
