#!/usr/bin/env python3
"""EAP-IG and exact node patching in plain PyTorch, as the papers write them, on a Llama folder and the examples that discovery_benchmark used: one JSON line.

usage: torch_peer.py MODEL_FOLDER OUT_OF_ASSAY.json OUT.json [--every N]

eap-ig:
Every head reads its own copy of the residual stream for its query, key and value, every MLP one too, so that autograd gives the gradient at each
reader; m runs between the corrupted embedding (0) and the clean one (1), at k/m, k = 0 .. m-1, as EAP-IG's code takes them. Score of an edge: minus
the sum over examples and positions of (what its source writes on the corrupted run - on the clean run) times the mean gradient at its reader.
Source of the formula: Hanna, Pezzelle, Belinkov 2024, "Have faith in faithfulness".

nodes: for every N-th node one pass over the clean examples in which what the node writes is that of the corrupted run; its time is scaled to all nodes.
Timed as in Assay: runs and products, not the loading.
"""
import json
import pathlib
import resource
import sys
import time

import torch as t
from safetensors.torch import load_file


class Llama:
    """Forward pass that records what every node writes and, with gradients, what every reader reads."""

    def __init__(self, folder):
        c = json.loads((folder / "config.json").read_text())
        self.layers, self.heads, self.groups = c["num_hidden_layers"], c["num_attention_heads"], c["num_key_value_heads"]
        self.d, self.eps, self.theta = c["hidden_size"], c["rms_norm_eps"], c.get("rope_theta", 10000.0)
        self.width = c.get("head_dim") or self.d // self.heads
        self.w = load_file(folder / "model.safetensors")
        self.head = self.w.get("lm_head.weight", self.w["model.embed_tokens.weight"])
        share = self.heads // self.groups
        for i in range(self.layers):  # [head, width, d] each; a group's key and value weights once per head of it
            p = f"model.layers.{i}.self_attn."
            self.w[p + "q"] = self.w[p + "q_proj.weight"].view(self.heads, self.width, self.d)
            for name in "kv":
                self.w[p + name] = self.w[f"{p}{name}_proj.weight"].view(self.groups, self.width, self.d).repeat_interleave(share, 0)
            self.w[p + "o"] = self.w[p + "o_proj.weight"].view(self.d, self.heads, self.width).permute(1, 0, 2)

    def embed(self, tokens):
        return self.w["model.embed_tokens.weight"][tokens]

    def norm(self, x, weight):
        return x * t.rsqrt(x.pow(2).mean(-1, keepdim=True) + self.eps) * weight

    def rotate(self, x):
        """x: [batch, position, head, width]"""
        half = self.width // 2
        angles = t.arange(x.shape[1])[:, None] * self.theta ** (-t.arange(half) / half)[None]
        cos, sin = angles.cos()[None, :, None], angles.sin()[None, :, None]
        a, b = x[..., :half], x[..., half:]
        return t.cat([a * cos - b * sin, b * cos + a * sin], -1)

    def run(self, stream, gradients=False, patched=None, value=None):
        """Logits at the last position, what nodes write [node][batch, position, d], what is read [reader][batch, position, (head,) d]; the node
        `patched` writes `value`."""
        def read(x):
            x = x.clone()
            if gradients:
                x.retain_grad()
            reads.append(x)
            return x
        if patched == 0:
            stream = value
        writes, reads = [stream], []
        length = stream.shape[1]
        mask = t.full((length, length), -t.inf).triu(1)
        for i in range(self.layers):
            p = f"model.layers.{i}."
            q, k, v = (t.einsum("bphd,hwd->bphw", self.norm(read(stream[:, :, None].expand(-1, -1, self.heads, -1)), self.w[p + "input_layernorm.weight"]),
                                self.w[f"{p}self_attn.{name}"]) for name in "qkv")
            scores = t.einsum("bqhw,bkhw->bhqk", self.rotate(q), self.rotate(k)) / self.width ** 0.5 + mask
            written = t.einsum("bphw,hdw->bphd", t.einsum("bhqk,bkhw->bqhw", scores.softmax(-1), v), self.w[p + "self_attn.o"])
            if patched is not None and 0 <= patched - len(writes) < self.heads:
                written[:, :, patched - len(writes)] = value
            writes.extend(written.unbind(2))
            stream = stream + written.sum(2)
            x = self.norm(read(stream), self.w[p + "post_attention_layernorm.weight"])
            x = t.nn.functional.silu(x @ self.w[p + "mlp.gate_proj.weight"].T) * (x @ self.w[p + "mlp.up_proj.weight"].T)
            writes.append(value if patched == len(writes) else x @ self.w[p + "mlp.down_proj.weight"].T)
            stream = stream + writes[-1]
        return self.norm(read(stream), self.w["model.norm.weight"])[:, -1] @ self.head.T, writes, reads


def eap_ig(model, clean, corrupted, right, wrong, steps):
    with t.no_grad():
        written = [c - o for c, o in zip(model.run(model.embed(corrupted))[1], model.run(model.embed(clean))[1])]  # corrupted minus clean
    start, end = model.embed(corrupted), model.embed(clean)
    gradients = None
    for k in range(steps):
        stream = (start + k / steps * (end - start)).requires_grad_()
        logits, _, reads = model.run(stream, gradients=True)
        rows = t.arange(len(clean))
        (logits[rows, right] - logits[rows, wrong]).sum().backward()
        found = [read.grad for read in reads]
        gradients = found if gradients is None else [a + b for a, b in zip(gradients, found)]
    return scores_of(model, t.stack(written), [g / steps for g in gradients])


def names_of(model):
    names = ["input"]
    for i in range(model.layers):
        names += [f"a{i}.h{h}" for h in range(model.heads)] + [f"m{i}"]
    return names


def patch_nodes(model, clean, corrupted, right, wrong, every):
    """By node name, by how much the metric falls, summed over the examples."""
    def metric(logits):
        rows = t.arange(len(clean))
        return (logits[rows, right] - logits[rows, wrong]).sum().item()
    with t.no_grad():
        other = model.run(model.embed(corrupted))[1]
        whole = metric(model.run(model.embed(clean))[0])
        names = names_of(model)
        return {names[n]: whole - metric(model.run(model.embed(clean), patched=n, value=other[n])[0]) for n in range(0, len(names), every)}


def scores_of(model, written, gradients):
    """By edge name."""
    names = names_of(model)
    scores = {}
    for i in range(model.layers):
        seen = 1 + i * (model.heads + 1)
        for at, letter in enumerate("qkv"):
            each = -t.einsum("nbpd,bphd->nh", written[:seen], gradients[4 * i + at])
            for h in range(model.heads):
                for n in range(seen):
                    scores[f"{names[n]}->a{i}.h{h}<{letter}>"] = each[n, h].item()
        seen += model.heads
        each = -t.einsum("nbpd,bpd->n", written[:seen], gradients[4 * i + 3])
        for n in range(seen):
            scores[f"{names[n]}->m{i}"] = each[n].item()
    each = -t.einsum("nbpd,bpd->n", written, gradients[-1])
    for n, name in enumerate(names):
        scores[f"{name}->logits"] = each[n].item()
    return scores


def main():
    folder, ours, out = map(pathlib.Path, sys.argv[1:4])
    case = json.loads(ours.read_text())
    t.set_num_threads(case["threads"])
    model, data = Llama(folder), case["data"]
    clean, corrupted = (t.tensor([e[key] for e in data]) for key in ("clean", "corrupted"))
    right, wrong = (t.tensor([e[key] for e in data]) for key in ("correct", "incorrect"))
    loaded = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    begin = time.perf_counter()
    if case["case"] == "nodes":
        every = int(sys.argv[5]) if sys.argv[4:5] == ["--every"] else 1
        scores = patch_nodes(model, clean, corrupted, right, wrong, every)
        scale = len(names_of(model)) / len(scores)
    else:
        scores, scale = eap_ig(model, clean, corrupted, right, wrong, case["steps"]), 1
    seconds = (time.perf_counter() - begin) * scale
    out.write_text(json.dumps(scores))
    print(json.dumps({"seconds": seconds, "peak_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024, "loaded_mb": loaded, "scores": len(scores)}))


main()
