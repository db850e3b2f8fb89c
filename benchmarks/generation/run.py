"""Generation against llama.cpp: the same GGUF file, the same prompt, the same number of threads, one after the other in one run.

    build/reference-venv/bin/python benchmarks/generation/run.py BUILD_DIR/bin/generation_benchmark MODEL.gguf [--threads 2] [--tokens 64]

The peer is llama-cpp-python (a virtual environment with it: see tests/circuits/reference/tokenizer_ids.py). Rates exclude the prompt, which
is timed apart. llama.cpp computes with the quantised weights, Assay with the same weights widened to float32, so Assay reads 5.5 times the
bytes per token. Batched, llama.cpp decodes one token of each of n sequences per call, as Assay does. Sampling is left out on llama.cpp's
side (it is fed a fixed token), so its figures are upper bounds.
"""
import argparse
import ctypes
import json
import pathlib
import subprocess
import sys
import time

import llama_cpp

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))
import bench

PROMPT = """// Sum of the integers from 1 to n, inclusive.
int sum(int n) {
    int s = 0;
    for (int i = 1; i <= n; i++) s += i;
    return s;
}

// Greatest of the first n elements of a.
int greatest(const int *a, int n) {
"""


def fill(batch, tokens, positions, sequences, wants):
    batch.n_tokens = len(tokens)
    for i, token in enumerate(tokens):
        batch.token[i], batch.pos[i], batch.n_seq_id[i], batch.logits[i] = token, positions[i], 1, wants[i]
        batch.seq_id[i][0] = sequences[i]


class Peer:
    def __init__(self, path, threads):
        llama_cpp.llama_backend_init()
        self.model = llama_cpp.llama_model_load_from_file(path.encode(), llama_cpp.llama_model_default_params())
        self.threads = threads
        text = PROMPT.encode()
        ids = (llama_cpp.llama_token * 1024)()
        count = llama_cpp.llama_tokenize(llama_cpp.llama_model_get_vocab(self.model), text, len(text), ids, 1024, False, False)
        self.prompt = list(ids[:count])

    def context(self, sequences, length):
        params = llama_cpp.llama_context_default_params()
        params.n_ctx = sequences * length
        params.n_batch = params.n_ubatch = max(512, sequences)
        params.n_seq_max = sequences
        params.n_threads = params.n_threads_batch = self.threads
        return llama_cpp.llama_init_from_model(self.model, params)

    def measure(self, sequences, tokens):
        context = self.context(sequences, len(self.prompt) + tokens + 64)
        batch = llama_cpp.llama_batch_init(512, 0, 1)
        begin = time.perf_counter()
        for sequence in range(sequences):
            fill(batch, self.prompt, range(len(self.prompt)), [sequence] * len(self.prompt), [0] * (len(self.prompt) - 1) + [1])
            assert llama_cpp.llama_decode(context, batch) == 0
            llama_cpp.llama_get_logits(context)
            if sequence == 0:
                prompt_seconds = time.perf_counter() - begin
        begin = time.perf_counter()
        for step in range(tokens):
            fill(batch, [28] * sequences, [len(self.prompt) + step] * sequences, range(sequences), [1] * sequences)
            assert llama_cpp.llama_decode(context, batch) == 0
            llama_cpp.llama_get_logits(context)   # waits for the result
        seconds = time.perf_counter() - begin
        llama_cpp.llama_batch_free(batch)
        llama_cpp.llama_free(context)
        return {"tokens_per_second": sequences * tokens / seconds, "prompt_tokens_per_second": len(self.prompt) / prompt_seconds}


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("benchmark")
    parser.add_argument("model")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--tokens", type=int, default=64)
    parser.add_argument("--batches", default="1,4,8")
    parser.add_argument("--rounds", type=int, default=3, help="the two take turns; the best of each is reported")
    options = parser.parse_args()
    batches = [int(batch) for batch in options.batches.split(",")]
    quiet = llama_cpp.llama_log_callback(lambda level, text, data: None)
    llama_cpp.llama_log_set(quiet, ctypes.c_void_p(0))
    ours, theirs = {}, {}
    for _ in range(options.rounds):
        command = [options.benchmark, options.model, str(options.threads), str(options.tokens), *map(str, batches)]
        for line in subprocess.run(command, check=True, capture_output=True, text=True).stdout.splitlines():
            entry = json.loads(line)
            keep_best(ours, entry["batch"], entry)
        peer = Peer(options.model, options.threads)
        for batch in batches:
            keep_best(theirs, batch, peer.measure(batch, options.tokens))
        llama_cpp.llama_model_free(peer.model)
    report(ours, theirs, batches, options)


def keep_best(table, batch, entry):
    old = table.get(batch, {})
    table[batch] = {key: max(value, old.get(key, 0)) for key, value in entry.items()}


def report(ours, theirs, batches, options):
    print(f"{'batch':>5}{'Assay tok/s':>13}{'llama.cpp tok/s':>17}{'ratio':>8}{'floor tok/s':>13}{'of floor':>10}{'prompt tok/s':>14}{'llama.cpp':>11}")
    rows = []
    for batch in batches:
        mine, peer = ours[batch], theirs[batch]
        floor = mine["floor_tokens_per_second"] * batch
        rows.append({**mine, "peer": peer, "ratio": mine["tokens_per_second"] / peer["tokens_per_second"]})
        print(f"{batch:>5}{mine['tokens_per_second']:>13.1f}{peer['tokens_per_second']:>17.1f}{rows[-1]['ratio']:>8.2f}{floor:>13.1f}{mine['tokens_per_second'] / floor:>10.2f}"
              f"{mine['prompt_tokens_per_second']:>14.0f}{peer['prompt_tokens_per_second']:>11.0f}")
    print(f"threads {options.threads}, {options.tokens} tokens, best of {options.rounds} rounds; memory stream {ours[batches[0]]['stream_bytes_per_second'] / 1e9:.1f} GB/s")
    bench.save("generation", rows, {"assay": bench.commit(), "llama-cpp-python": llama_cpp.__version__})


if __name__ == "__main__":
    main()
