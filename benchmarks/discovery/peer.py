#!/usr/bin/env python3
"""One case of discovery_benchmark with auto-circuit, on the model folder and the examples that discovery_benchmark used: one JSON line.

usage: peer.py eap|eap-ig|exact|exact-all MODEL_FOLDER OUT_OF_ASSAY.json OUT.json [EDGES]

eap: mask gradient at mask 0. eap-ig: mask gradients at the 6 interpolation points that integrated_grad_samples=5 gives. exact: one forward pass
per edge in patch mode, resample ablation; with EDGES only so many of them, evenly spread, and their time is scaled to all (one pass per edge, all
alike). Timed as in Assay: the corrupted run and the scoring, not the loading of weights.
"""
import json
import pathlib
import resource
import sys
import time
import warnings

warnings.filterwarnings("ignore")
import torch as t
from auto_circuit.data import PromptDataLoader, PromptDataset
from auto_circuit.prune_algos.mask_gradient import mask_gradient_prune_scores
from auto_circuit.types import AblationType
from auto_circuit.utils.ablation_activations import batch_src_ablations
from auto_circuit.utils.graph_utils import patch_mode, patchable_model
from safetensors.torch import load_file
from transformer_lens import HookedTransformer, HookedTransformerConfig


def load(folder):
    """A GPT-2 folder as a HookedTransformer whose heads and inputs are split, as auto-circuit wants it."""
    c = json.loads((folder / "config.json").read_text())
    layers, heads, d = c["n_layer"], c["n_head"], c["n_embd"]
    model = HookedTransformer(HookedTransformerConfig(
        n_layers=layers, n_heads=heads, d_model=d, d_head=d // heads, d_mlp=c.get("n_inner") or 4 * d, d_vocab=c["vocab_size"], n_ctx=c["n_positions"],
        act_fn="gelu_new", normalization_type="LN", eps=c["layer_norm_epsilon"], use_attn_result=True, use_split_qkv_input=True, use_hook_mlp_in=True,
        seed=1, device="cpu"))
    w = {name.removeprefix("transformer."): value for name, value in load_file(folder / "model.safetensors").items()}
    state = {"embed.W_E": w["wte.weight"], "pos_embed.W_pos": w["wpe.weight"], "unembed.W_U": w.get("lm_head.weight", w["wte.weight"]).T,
             "unembed.b_U": t.zeros(c["vocab_size"]), "ln_final.w": w["ln_f.weight"], "ln_final.b": w["ln_f.bias"]}
    for i in range(layers):
        p, q = f"h.{i}.", f"blocks.{i}."
        for name, matrix, bias in zip("QKV", w[p + "attn.c_attn.weight"].chunk(3, -1), w[p + "attn.c_attn.bias"].chunk(3)):
            state[f"{q}attn.W_{name}"] = matrix.reshape(d, heads, -1).permute(1, 0, 2)
            state[f"{q}attn.b_{name}"] = bias.reshape(heads, -1)
        state[q + "attn.W_O"], state[q + "attn.b_O"] = w[p + "attn.c_proj.weight"].reshape(heads, -1, d), w[p + "attn.c_proj.bias"]
        for ours, theirs in (("ln1", "ln_1"), ("ln2", "ln_2")):
            state[f"{q}{ours}.w"], state[f"{q}{ours}.b"] = w[f"{p}{theirs}.weight"], w[f"{p}{theirs}.bias"]
        for ours, theirs in (("in", "c_fc"), ("out", "c_proj")):
            state[f"{q}mlp.W_{ours}"], state[f"{q}mlp.b_{ours}"] = w[f"{p}mlp.{theirs}.weight"], w[f"{p}mlp.{theirs}.bias"]
    missing, unexpected = model.load_state_dict(state, strict=False)
    left = [name for name in missing if not name.endswith(("mask", "IGNORE"))]
    if left or unexpected:
        sys.exit(f"weights without a place: missing {left}, unexpected {unexpected}")
    model.eval()
    for parameter in model.parameters():
        parameter.requires_grad_(False)
    return model


def edge_name(edge):
    """auto-circuit's "A0.1->MLP 2" or "Resid Start->A1.0.Q" as EAP-IG writes it."""
    def node(name):
        if name.startswith("Resid"):
            return "input" if name.endswith("Start") else "logits"
        return f"m{name.split()[1]}" if name.startswith("MLP") else "a{}.h{}".format(*name[1:].split(".")[:2])
    reader = edge.dest.name
    letter = f"<{reader[-1].lower()}>" if reader.startswith("A") else ""
    return f"{node(edge.src.name)}->{node(reader)}{letter}"


def difference(logits, data):
    rows = t.arange(len(data))
    right, wrong = t.tensor([e["correct"] for e in data]), t.tensor([e["incorrect"] for e in data])
    return (logits[rows, right] - logits[rows, wrong]).sum().item()


def exact_scores(model, loader, chosen, data):
    sources = batch_src_ablations(model, loader, ablation_type=AblationType.RESAMPLE, clean_corrupt="corrupt")
    scores, seconds = {}, 0.0
    with t.no_grad():
        for batch in loader:
            full = difference(model(batch.clean)[:, -1], data)
            start = time.perf_counter()
            for name, edge in chosen.items():
                with patch_mode(model, sources[batch.key], [edge]):
                    scores[name] = full - difference(model(batch.clean)[:, -1], data)
            seconds += time.perf_counter() - start
    return scores, seconds


def gradient_scores(case, model, loader, edges, examples):
    how = {"mask_val": 0.0} if case == "eap" else {"integrated_grad_samples": 5}
    found = mask_gradient_prune_scores(model, loader, None, grad_function="logit", answer_function="avg_diff", **how)
    points = 1 if case == "eap" else 6  # the gradients of all points are summed, of the mean over the examples
    return {name: edge.prune_score(found).item() * examples / points for name, edge in edges.items()}


def main():
    case, folder, assay, out = sys.argv[1], pathlib.Path(sys.argv[2]), json.loads(pathlib.Path(sys.argv[3]).read_text()), pathlib.Path(sys.argv[4])
    t.set_num_threads(assay["threads"])
    data = assay["data"]
    column = lambda key: t.tensor([e[key] for e in data])
    prompts = PromptDataset(column("clean"), column("corrupted"), list(column("correct")[:, None]), list(column("incorrect")[:, None]))
    loader = PromptDataLoader(prompts, seq_len=None, diverge_idx=0, batch_size=len(data))
    hooked = load(folder)
    loaded = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    model = patchable_model(hooked, factorized=True, slice_output="last_seq", separate_qkv=True, device=t.device("cpu"))
    edges = {edge_name(edge): edge for edge in model.edges}
    start, unrun = time.perf_counter(), 0.0
    if case.startswith("exact"):
        names = list(assay["scores"])
        chosen = names[:: max(1, len(names) // int(sys.argv[5]))] if len(sys.argv) > 5 else names
        scores, patching = exact_scores(model, loader, {name: edges[name] for name in chosen}, data)
        unrun = patching * (len(names) / len(chosen) - 1)
    else:
        scores = gradient_scores(case, model, loader, edges, len(data))
    seconds = time.perf_counter() - start + unrun
    out.write_text(json.dumps({"scores": scores}))
    print(json.dumps({"case": case, "edges": len(scores), "seconds": seconds, "scaled_seconds": unrun, "peak_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024, "loaded_mb": loaded}))


main()
