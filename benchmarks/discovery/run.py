#!/usr/bin/env python3
"""Circuit discovery against auto-circuit (PyPI) on the same weights, examples and edges: time, peak memory, floor, and do the scores agree?

usage: python3 benchmarks/discovery/run.py [--repeats N] [--small] [--peer-edges N] [--smollm2 MODEL.gguf]

Makes build/peers on the first run. Every case runs in a process of its own, Assay and the peer in turn; the table has the medians.
--small leaves out the GPT-2-small shape. There auto-circuit needs a second per edge and more, so it scores --peer-edges of the 500, evenly spread, and
its time is scaled to all. --smollm2 instead runs EAP-IG and exact patching of every node on that model against the same in plain PyTorch
(torch_peer.py; every fourth node, its time scaled to all), which needs only build/venv and the package safetensors in it;
results/discovery_smollm2.json. Needs: ninja -C build/release discovery_benchmark
"""
import argparse
import json
import pathlib
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))
import bench

ZOO = bench.ROOT / "zoo" / "addition" / "model"
SMALL = ["--examples", "256", "--tokens", "8"]
LARGE = ["--examples", "8", "--tokens", "16"]
CASES = [
    ("EAP, all edges, zoo/addition", "eap", False, SMALL),
    ("EAP-IG, 5 steps, zoo/addition", "eap-ig", False, SMALL),
    ("every edge exactly, zoo/addition", "exact-all", False, SMALL),
    ("EAP-IG, 5 steps, GPT-2-small shape", "eap-ig", True, LARGE),
    ("500 seeded edges exactly, GPT-2-small shape", "exact", True, LARGE),
]


def run_case(name, case, folder, options, ours, python, scratch, repeats, peer_edges):
    out, theirs_out = scratch / f"{case}.json", scratch / f"{case}.peer.json"
    runs = {"assay": lambda: bench.json_line([ours, case, str(folder), str(out), *options]),
            "peer": lambda: bench.json_line([python, str(pathlib.Path(__file__).parent / "peer.py"), case, str(folder), str(out), str(theirs_out), *peer_edges])}
    found = bench.alternate(runs, repeats)
    row = {"name": name, "case": case, "options": options, "assay": found["assay"], "auto_circuit": found["peer"],
           "time_ratio": bench.median(found["peer"], "seconds") / bench.median(found["assay"], "seconds"),
           "memory_ratio": bench.median(found["peer"], "peak_mb") / bench.median(found["assay"], "peak_mb"),
           "over_floor": bench.median(found["assay"], "seconds") / bench.median(found["assay"], "floor_seconds")}
    row["scores"] = compare(case, json.loads(out.read_text())["scores"], json.loads(theirs_out.read_text())["scores"])
    return row


def ranks(values):
    order = sorted(range(len(values)), key=values.__getitem__)
    found = [0.0] * len(values)
    for place, index in enumerate(order):
        found[index] = place
    return found


def correlation(a, b):
    n, mean_a, mean_b = len(a), sum(a) / len(a), sum(b) / len(b)
    both = sum((x - mean_a) * (y - mean_b) for x, y in zip(a, b))
    return both / (sum((x - mean_a) ** 2 for x in a) * sum((y - mean_b) ** 2 for y in b)) ** 0.5 if n > 1 else 1.0


def compare(case, ours, theirs):
    """Exact and EAP scores are the same quantity in both tools; their integrated gradients run over mask values, ours over embeddings."""
    if not set(theirs) <= set(ours) or (case != "exact" and set(ours) != set(theirs)):
        sys.exit(f"{case}: {len(set(ours) ^ set(theirs))} edges are scored by one tool only")
    edges = sorted(theirs)
    a, b = [ours[e] for e in edges], [theirs[e] for e in edges]
    largest = max(map(abs, a))
    top = lambda scores: set(sorted(edges, key=lambda e: -abs(scores[e]))[: max(1, len(edges) // 20)])
    return {"edges": len(edges), "same_quantity": case != "eap-ig", "largest_score": largest,
            "largest_difference": max(abs(x - y) for x, y in zip(a, b)), "spearman": correlation(ranks(a), ranks(b)),
            "top_5_percent_shared": len(top(ours) & top(theirs)) / len(top(ours))}


SMOLLM2_CASES = [("EAP-IG, 5 steps, SmolLM2-135M", "eap-ig", []), ("every node exactly, SmolLM2-135M", "nodes", ["--every", "4"])]


def run_smollm2(model, repeats):
    """Against plain PyTorch: the same quantities, so the scores must agree."""
    ours, python = bench.binary("discovery_benchmark"), str(bench.ROOT / "build" / "venv" / "bin" / "python")
    bench.subprocess.run([python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "safetensors==0.8.0"], check=True)
    with tempfile.TemporaryDirectory() as name:
        scratch = pathlib.Path(name)
        bench.subprocess.run([ours, "unpack", model, str(scratch / "unpacked")], check=True)
        out, theirs = scratch / "ours.json", scratch / "theirs.json"
        options = ["--examples", "8", "--tokens", "32"]
        rows = []
        for title, case, peer_options in SMOLLM2_CASES:
            runs = {"assay": lambda: bench.json_line([ours, case, model, str(out), *options]),
                    "peer": lambda: bench.json_line([python, str(pathlib.Path(__file__).parent / "torch_peer.py"), str(scratch / "unpacked"), str(out), str(theirs),
                                                     *peer_options])}
            found = bench.alternate(runs, repeats)
            agreement = compare("eap" if case == "eap-ig" else "exact", json.loads(out.read_text())["scores"], json.loads(theirs.read_text()))
            rows.append({"name": title, "case": case, "options": options, "assay": found["assay"], "torch": found["peer"],
                         "time_ratio": bench.median(found["peer"], "seconds") / bench.median(found["assay"], "seconds"),
                         "memory_ratio": bench.median(found["peer"], "peak_mb") / bench.median(found["assay"], "peak_mb"),
                         "over_floor": bench.median(found["assay"], "seconds") / bench.median(found["assay"], "floor_seconds"), "scores": agreement})
            print(f"done: {title}", file=sys.stderr)
    print_table(rows)
    bench.save("discovery_smollm2", rows, {"assay": bench.commit(), "torch": bench.PEERS["torch"], "safetensors": "0.8.0"})


def print_table(rows):
    print(f"{'case':46}{'assay s':>9}{'peer s':>9}{'ratio':>8}{'assay MB':>10}{'peer MB':>9}{'floor s':>9}{'x floor':>9}  scores")
    for r in rows:
        s, mine, theirs = r["scores"], r["assay"], r.get("auto_circuit") or r["torch"]
        agreement = f"differ by at most {s['largest_difference'] / s['largest_score']:.1e} of the largest" if s["same_quantity"] else f"rank correlation {s['spearman']:.3f}"
        print(f"{r['name']:46}{bench.median(mine, 'seconds'):9.3f}{bench.median(theirs, 'seconds'):9.3f}{r['time_ratio']:7.1f}x{bench.median(mine, 'peak_mb'):10.0f}"
              f"{bench.median(theirs, 'peak_mb'):9.0f}{bench.median(mine, 'floor_seconds'):9.3f}{r['over_floor']:8.1f}x  {agreement}")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--small", action="store_true")
    parser.add_argument("--peer-edges", type=int, default=50)
    parser.add_argument("--smollm2", metavar="MODEL.gguf")
    options = parser.parse_args()
    if options.smollm2:
        return run_smollm2(options.smollm2, options.repeats)
    ours, python = bench.binary("discovery_benchmark"), bench.peers()
    with tempfile.TemporaryDirectory() as name:
        scratch = pathlib.Path(name)
        large = scratch / "gpt2-small"
        rows = []
        for title, case, is_large, settings in CASES:
            if is_large and options.small:
                continue
            if is_large and not large.exists():
                bench.subprocess.run([ours, "write", str(large)], check=True)
            rows.append(run_case(title, case, large if is_large else ZOO, settings, ours, python, scratch, options.repeats,
                                 [str(options.peer_edges)] if case == "exact" else []))
            print(f"done: {title}", file=sys.stderr)
    print_table(rows)
    bench.save("discovery", rows, {"assay": bench.commit(), **bench.PEERS})


main()
