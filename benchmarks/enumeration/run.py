"""Tree enumeration against a plain batched PyTorch loop, on the same weights and inputs, in one run.

    build/venv/bin/python benchmarks/enumeration/run.py BUILD_DIR/bin/enumeration_benchmark [--scale N] [--peer-inputs N]

The peer is what one writes without Assay: every input in full, in batches, with torch matrix products on the same number of threads.
It runs on `--peer-inputs` inputs (spread over the domain, longest first for strings) and its rate is what is compared.
"""
import argparse
import json
import math
import pathlib
import subprocess
import sys
import tempfile
import time

import numpy
import torch


def load(folder):
    raw = (folder / "model.safetensors").read_bytes()
    size = int.from_bytes(raw[:8], "little")
    header = json.loads(raw[8 : 8 + size])
    config = json.loads((folder / "config.json").read_text())
    tensors = {}
    for name, entry in header.items():
        if name == "__metadata__":
            continue
        begin, end = entry["data_offsets"]
        values = numpy.frombuffer(raw[8 + size + begin : 8 + size + end], dtype=numpy.float32)
        tensors[name.removeprefix("transformer.").removeprefix("model.")] = torch.from_numpy(values.copy()).view(entry["shape"])
    return config, tensors


def attend(q, k, v):
    length = q.shape[2]
    scores = q @ k.transpose(-1, -2) / math.sqrt(q.shape[-1])
    future = torch.ones(length, length, dtype=torch.bool).triu(1)
    return (scores.masked_fill(future, -math.inf).softmax(-1) @ v).transpose(1, 2).flatten(2)


def gpt2(config, w, tokens):
    norm = config.get("assay_norm", True)
    heads = config["n_head"]
    split = lambda x: x.view(*x.shape[:2], heads, -1).transpose(1, 2)
    layer_norm = lambda x, n: torch.nn.functional.layer_norm(x, x.shape[-1:], w[n + ".weight"], w[n + ".bias"]) if norm else x
    x = w["wte.weight"][tokens] + w["wpe.weight"][: tokens.shape[1]]
    for i in range(config["n_layer"]):
        p = f"h.{i}."
        q, k, v = (layer_norm(x, p + "ln_1") @ w[p + "attn.c_attn.weight"] + w[p + "attn.c_attn.bias"]).chunk(3, -1)
        x = x + attend(split(q), split(k), split(v)) @ w[p + "attn.c_proj.weight"] + w[p + "attn.c_proj.bias"]
        if config.get("assay_mlp", True):
            inner = layer_norm(x, p + "ln_2") @ w[p + "mlp.c_fc.weight"] + w[p + "mlp.c_fc.bias"]
            x = x + torch.nn.functional.gelu(inner, approximate="tanh") @ w[p + "mlp.c_proj.weight"] + w[p + "mlp.c_proj.bias"]
    return layer_norm(x[:, -1], "ln_f") @ w["wte.weight"].T


def llama(config, w, tokens):
    heads = config["num_attention_heads"]
    split = lambda x: x.view(*x.shape[:2], heads, -1).transpose(1, 2)
    rms = lambda x, n: x * torch.rsqrt(x.square().mean(-1, keepdim=True) + config["rms_norm_eps"]) * w[n]
    width = config["head_dim"]
    angle = torch.arange(tokens.shape[1])[:, None] * config["rope_theta"] ** (-torch.arange(0, width, 2) / width)
    cos, sin = torch.cat([angle, angle], -1).cos(), torch.cat([angle, angle], -1).sin()
    turn = lambda x: x * cos + torch.cat([-x[..., width // 2 :], x[..., : width // 2]], -1) * sin
    x = w["embed_tokens.weight"][tokens]
    for i in range(config["num_hidden_layers"]):
        p = f"layers.{i}."
        n = rms(x, p + "input_layernorm.weight")
        q, k, v = (split(n @ w[p + f"self_attn.{c}_proj.weight"].T) for c in "qkv")
        x = x + attend(turn(q), turn(k), v) @ w[p + "self_attn.o_proj.weight"].T
        n = rms(x, p + "post_attention_layernorm.weight")
        gate = torch.nn.functional.silu(n @ w[p + "mlp.gate_proj.weight"].T)
        x = x + (gate * (n @ w[p + "mlp.up_proj.weight"].T)) @ w[p + "mlp.down_proj.weight"].T
    return rms(x[:, -1], "norm.weight") @ w.get("lm_head.weight", w["embed_tokens.weight"]).T


def inputs_of(case, count):
    """`count` inputs of the longest length, evenly spread."""
    total = case["alphabet"] ** case["length"]
    index = torch.arange(min(count, total), dtype=torch.long) * max(1, total // min(count, total))
    digits = [(index // case["alphabet"] ** p) % case["alphabet"] for p in reversed(range(case["length"]))]
    return torch.stack([torch.full_like(index, case["start"]), *digits], -1)


def peer_rate(case, folder, count, batch):
    config, weights = load(folder)
    forward = gpt2 if config["model_type"] == "gpt2" else llama
    tokens = inputs_of(case, count)
    forward(config, weights, tokens[:batch])
    begin = time.perf_counter()
    for first in range(0, len(tokens), batch):
        forward(config, weights, tokens[first : first + batch]).argmax(-1)
    return len(tokens) / (time.perf_counter() - begin)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("benchmark")
    parser.add_argument("--scale", type=int, default=1)
    parser.add_argument("--peer-inputs", type=int, default=131072)
    options = parser.parse_args()
    torch.set_num_threads(2)
    torch.set_grad_enabled(False)
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        subprocess.run([options.benchmark, str(folder / "out.json"), str(options.scale)], check=True, stdout=subprocess.DEVNULL)
        cases = json.loads((folder / "out.json").read_text())
        for case in cases:
            case["peer_inputs_per_second"] = max(peer_rate(case, folder / case["model"], options.peer_inputs, batch) for batch in (1024, 8192))
            case["inputs_per_second"] = case["inputs"] / case["seconds_2_threads"]
            case["ratio"] = case["inputs_per_second"] / case["peer_inputs_per_second"]
    print(f"{'case':<78}{'inputs':>12}{'1 thread':>10}{'2 threads':>10}{'inputs/s':>14}{'PyTorch/s':>12}{'ratio':>8}{'patched/s':>11}")
    for c in cases:
        print(f"{c['case']:<78}{c['inputs']:>12,}{c['seconds_1_thread']:>9.2f}s{c['seconds_2_threads']:>9.2f}s{c['inputs_per_second']:>14,.0f}"
              f"{c['peer_inputs_per_second']:>12,.0f}{c['ratio']:>8.1f}{c['patched_runs_per_second']:>11,.0f}")
    json.dump(cases, sys.stderr, indent=1)


if __name__ == "__main__":
    main()
