#!/usr/bin/env python3
"""How fast doomed prefixes are decided: of every answer that is wrong or unsafe, from which token on no completion is right?

usage: python3 benchmarks/doomed/run.py [--suite SUITE] [--limit N] [--repeats N]

Each repeat runs `assay bench SUITE` with an empty cache, and then again with --doomed, which takes everything but the search from that cache: its time, less
that of a third run which finds everything there, is the search's. A prefix is one hole of an answer's own rest (an operator, constant or name that
could have been written otherwise), or one token of the partial function: the search says of each whether the text up to there could still be completed to a right
function, or that it does not know. Beside it: completions tried a second, most of them on known inputs alone, completions of partial functions refuted a second,
several by one run, and queries of the solver a second, their time being that of the whole search. No tool to compare with is known.
"""
import argparse
import json
import pathlib
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))
import bench


def run(assay, suite, cache, out, more):
    begin = time.perf_counter()
    done = subprocess.run([assay, "--cache", str(cache), "bench", suite, "--out", str(out), *more], capture_output=True, text=True)
    if done.returncode > 1:
        sys.exit(f"assay bench ended with {done.returncode}:\n{done.stderr[-2000:]}")
    return time.perf_counter() - begin


def measure(assay, suite, more):
    with tempfile.TemporaryDirectory() as name:
        cache, out = pathlib.Path(name) / "cache", pathlib.Path(name) / "out"
        judged = run(assay, suite, cache, out, more)
        with_search = run(assay, suite, cache, out, [*more, "--doomed"])
        again = run(assay, suite, cache, out, [*more, "--doomed"])
        found = json.loads((out / "bench.json").read_text())
    decisions = [answer["wrong_decision"] for model in found["models"] for task in model["tasks"] for answer in task["answers"] if answer.get("wrong_decision")]
    keys = ("holes", "completions", "tried", "queries", "prefixes", "undecided_prefixes", "partial_completions")
    row = {key: sum(d.get(key, 0) for d in decisions) for key in keys}
    row["by_model"] = {model["name"]: model["summary"].get("wrong_decisions") for model in found["models"]}
    states = {state: sum(d["state"] == state for d in decisions) for state in ("found", "no completion", "undecided")}
    return {**row, "answers": len(decisions), "states": states, "judged_seconds": judged, "seconds": with_search - again, "cached_seconds": again}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--suite", default="zoo/code/suite.toml")
    parser.add_argument("--limit", type=int)
    parser.add_argument("--repeats", type=int, default=1)
    options = parser.parse_args()
    more = [] if options.limit is None else ["--limit", str(options.limit)]
    rows = [measure(bench.binary("assay"), str(bench.ROOT / options.suite), more) for _ in range(options.repeats)]
    print(f"{'answers':>8}{'holes':>8}{'cuts':>7}{'undecided':>11}{'tried':>9}{'refuted in partial':>20}{'queries':>9}{'seconds':>9}{'prefixes/s':>12}  states")
    for r in rows:
        s = r["seconds"]
        prefixes = r["holes"] + r["prefixes"] - r["undecided_prefixes"]
        print(f"{r['answers']:8}{r['holes']:8}{r['prefixes']:7}{r['undecided_prefixes']:11}{r['tried']:9}{r['partial_completions']:20}{r['queries']:9}{s:9.1f}"
              f"{prefixes / s:12.1f}  " + ", ".join(f"{count} {state}" for state, count in r["states"].items() if count))
        for model, decisions in r["by_model"].items():
            if decisions:
                print(f"  {model}: {json.dumps(decisions)}")
    bench.save("doomed", rows, {"assay": bench.commit()})


main()
