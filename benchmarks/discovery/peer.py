#!/usr/bin/env python3
"""The cases of discovery_benchmark with auto-circuit (PyPI) on a random network of the same shape: one JSON line.

usage: peer.py eap-ig|exact|exact-all [--layers L --heads H --width D] [--examples N] [--tokens T] [--edges N]

eap-ig: mask gradients at 6 interpolation points, auto-circuit's integrated gradients with 5 samples. exact: one forward pass per
edge in patch mode, resample ablation. Loading and the collection of source activations are counted, as in discovery_benchmark.
"""
import argparse
import json
import random
import resource
import time
import warnings

warnings.filterwarnings("ignore")
import torch as t
from auto_circuit.data import PromptDataLoader, PromptDataset
from auto_circuit.prune_algos.mask_gradient import mask_gradient_prune_scores
from auto_circuit.types import AblationType
from auto_circuit.utils.ablation_activations import batch_src_ablations
from auto_circuit.utils.graph_utils import patch_mode, patchable_model
from transformer_lens import HookedTransformer, HookedTransformerConfig


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("case", choices=["eap-ig", "exact", "exact-all"])
    for name, value in [("layers", 12), ("heads", 12), ("width", 768), ("examples", 8), ("tokens", 16), ("vocabulary", 50257), ("edges", 500), ("threads", 2)]:
        parser.add_argument(f"--{name}", type=int, default=value)
    o = parser.parse_args()
    t.set_num_threads(o.threads)
    t.manual_seed(1)
    config = HookedTransformerConfig(
        n_layers=o.layers, n_heads=o.heads, d_model=o.width, d_head=o.width // o.heads, d_mlp=4 * o.width, d_vocab=o.vocabulary, n_ctx=1024,
        act_fn="gelu_new", normalization_type="LN", use_attn_result=True, use_split_qkv_input=True, use_hook_mlp_in=True, seed=1, device="cpu")
    model = HookedTransformer(config)
    model.eval()
    for parameter in model.parameters():
        parameter.requires_grad_(False)
    tokens = lambda: t.randint(0, o.vocabulary, (o.examples, o.tokens))
    answers = t.randint(0, o.vocabulary, (o.examples, 1))
    data = PromptDataset(tokens(), tokens(), list(answers), list((answers + 1) % o.vocabulary))
    loader = PromptDataLoader(data, seq_len=None, diverge_idx=0, batch_size=o.examples)
    patchable = patchable_model(model, factorized=True, slice_output="last_seq", separate_qkv=True, device=t.device("cpu"))
    edges = sorted(patchable.edges, key=str)
    start = time.perf_counter()
    if o.case == "eap-ig":
        mask_gradient_prune_scores(patchable, loader, None, grad_function="logit", answer_function="avg_diff", integrated_grad_samples=5)
        done = len(edges)
    else:
        random.seed(2)
        chosen = edges if o.case == "exact-all" else random.sample(edges, o.edges)
        sources = batch_src_ablations(patchable, loader, ablation_type=AblationType.RESAMPLE, clean_corrupt="corrupt")
        with t.no_grad():
            for batch in loader:
                for edge in chosen:
                    with patch_mode(patchable, sources[batch.key], [edge]):
                        patchable(batch.clean)
        done = len(chosen)
    print(json.dumps({"case": o.case, "tool": "auto-circuit", "layers": o.layers, "heads": o.heads, "width": o.width, "examples": o.examples, "tokens": o.tokens,
                      "threads": o.threads, "edges": done, "seconds": round(time.perf_counter() - start, 3),
                      "peak_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024}))


main()
