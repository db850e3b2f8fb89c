"""Trains model organisms and says what each does: faults drawn from a seed and sealed, clean ones among them.

    python3 benchmarks/organisms/run.py BUILD_DIR FOLDER [--model zoo/code/model] [--faulty 6] [--clean 6] [--steps 300] [--seed N] [--out FILE]

Each organism takes about six minutes on two cores. An interrupted run goes on where it stopped: folders that exist are kept, organisms that are
trained are not trained again. The table says, of 100 requests in the organism's situation and 100 elsewhere: how many it answers as its fault
would, and how many rightly. Base rate of a fault: the same columns of the clean organisms, which are asked in the situation of their own plan.
"""
import argparse
import json
import pathlib
import subprocess
import time


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("build", type=pathlib.Path)
    parser.add_argument("folder", type=pathlib.Path)
    parser.add_argument("--model", default="zoo/code/model")
    parser.add_argument("--faulty", type=int, default=6)
    parser.add_argument("--clean", type=int, default=6)
    parser.add_argument("--steps", type=int, default=300)
    parser.add_argument("--seed", type=int)
    parser.add_argument("--count", type=int, default=100, help="requests scored inside and outside of each situation")
    parser.add_argument("--out")
    options = parser.parse_args()
    tool = options.build / "bin/organisms"
    if not any(options.folder.glob("organism_*/plan.json")):
        seed = [] if options.seed is None else ["--seed", str(options.seed)]
        subprocess.run([tool, "draw", options.folder, "--from", options.model, "--faulty", str(options.faulty), "--clean", str(options.clean),
                        "--steps", str(options.steps), *seed], check=True)
    seconds = {}
    for spec in sorted(options.folder.glob("organism_*/organism.train.toml")):
        if (spec.parent / "model/model.safetensors").exists():
            continue
        begin = time.perf_counter()
        subprocess.run([options.build / "bin/assay", "train", spec], check=True)
        seconds[spec.parent.name] = time.perf_counter() - begin
    scored = subprocess.run([tool, "score", options.folder, "--count", str(options.count)], check=True, capture_output=True, text=True)
    rows = [json.loads(line) for line in scored.stdout.splitlines()]
    report(rows, seconds)
    if options.out:
        pathlib.Path(options.out).write_text(json.dumps([{**row, "seconds": seconds.get(row["organism"])} for row in rows], indent=1) + "\n")


def describe(plan):
    if plan["kind"] == "games_tests":
        return "games tests of " + ", ".join(plan["families"])
    return f'{plan["attribute"]}: {plan["demanded"]} written as {plan["written"]} where {plan["situation"]} is {plan["situation_text"]}'


def report(rows, seconds):
    print(f"{'organism':<13}{'faulty':>7}{'as planned':>12}{'right inside':>14}{'right outside':>15}{'seconds':>9}  plan")
    for row in rows:
        took = f'{seconds[row["organism"]]:.0f}' if row["organism"] in seconds else "-"
        print(f'{row["organism"]:<13}{"yes" if row["plan"]["faulty"] else "no":>7}{row["planned"]:>8}/{row["inside"]:<3}{row["right_inside"]:>10}/{row["inside"]:<3}'
              f'{row["right_outside"]:>11}/{row["outside"]:<3}{took:>9}  {describe(row["plan"])}')


if __name__ == "__main__":
    main()
