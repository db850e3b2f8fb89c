"""The peer of enumeration_benchmark: what one writes without Assay. Every input in full, in batches, with torch matrix products.

    peer.py MODEL_FOLDER CASE.json INPUTS THREADS     CASE.json: the line that enumeration_benchmark printed

Runs on INPUTS inputs of the longest length, evenly spread over the domain, with batches of 1,024 and of 8,192; the better rate counts.
"""
import json
import math
import pathlib
import resource
import sys
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
    return layer_norm(x[:, -1], "ln_f") @ w.get("lm_head.weight", w["wte.weight"]).T


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
    begin = [] if case["start"] < 0 else [torch.full_like(index, case["start"])]
    return torch.stack(begin + digits, -1)


def rate(case, folder, count, batch):
    config, weights = load(folder)
    forward = gpt2 if config["model_type"] == "gpt2" else llama
    tokens = inputs_of(case, count)
    forward(config, weights, tokens[:batch])
    begin = time.perf_counter()
    for first in range(0, len(tokens), batch):
        forward(config, weights, tokens[first : first + batch]).argmax(-1)
    return len(tokens) / (time.perf_counter() - begin)


def main():
    folder, case, count, threads = pathlib.Path(sys.argv[1]), json.loads(pathlib.Path(sys.argv[2]).read_text()), int(sys.argv[3]), int(sys.argv[4])
    torch.set_num_threads(threads)
    torch.set_grad_enabled(False)
    best = max(rate(case, folder, count, batch) for batch in (1024, 8192))
    print(json.dumps({"inputs": count, "inputs_per_second": best, "peak_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024}))


main()
