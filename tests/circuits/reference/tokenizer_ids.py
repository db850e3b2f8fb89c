"""What two other implementations make of generated strings, for tests/circuits/smollm2_test.cpp.

    python3 -m venv build/reference-venv
    build/reference-venv/bin/python -m pip install llama-cpp-python==0.3.36 tokenizers==0.23.3 gguf==0.19.0
    build/reference-venv/bin/python tests/circuits/reference/tokenizer_ids.py "$(scripts/get-model smollm2)" [--count 4000]

writes build/reference/smollm2_tokens.json: per string the ids of llama.cpp without and with control tokens read as such, and those of
Hugging Face tokenizers on a tokenizer.json that this script makes of the GGUF file's vocabulary (build/reference/smollm2/tokenizer.json;
the published file is not in the package). Strings hold assigned characters whose UTF-8 bytes the vocabulary has: what it lacks llama.cpp
drops without a word, and Assay refuses.
"""
import argparse
import json
import pathlib
import random
import unicodedata

import gguf
import llama_cpp
import tokenizers

ROOT = pathlib.Path(__file__).resolve().parents[3]
SPACES = [" ", "  ", "    ", "\t", "\n", "\r\n", "\r", "\n\n", " \n", "\u00a0", "\u2003", "\u3000", "\u2028", "\u0085", "\u200b", "\u180e", "\ufeff", "\x0b", "\x0c"]
EMOJI = ["\U0001f600", "\U0001f468\u200d\U0001f469\u200d\U0001f467", "\U0001f1e9\U0001f1ea", "\u2764\ufe0f", "\U0001f44d\U0001f3fd", "\u2708", "\U0001fae0"]
WORDS = ["int", "for", "return", "i", "n", "sum", "x1", "0x1F", "12345", "3.14e-10f", "<=", ">>=", "->", "!=", "&&", "//", "/*", "*/", "#include", "\"%d\\n\"", "'\\0'",
         "don't", "we'll", "I'VE", "naïve", "Größe", "東京", "пример", "مرحبا", "हिन्दी", "ไทย", "한국어", "e\u0301", "½", "Ⅷ", "²", "٣", "१२", "_", "__attribute__", "A_B2c"]
SPECIAL = ["<|endoftext|>", "<|im_start|>", "<|im_end|>", "<repo_name>", "<file_sep>", "<|im_start", "<|unknown|>", "<jupyter_start>"]
RANGES = [(0x20, 0x7E), (0xA0, 0x2FF), (0x370, 0x6FF), (0x900, 0xDFF), (0x1E00, 0x27BF), (0x2E80, 0x9FFF), (0xA000, 0xD7A3), (0xF900, 0xFFFD), (0x10000, 0x1F9FF), (0x20000, 0x2A6D6)]


def sources():
    files = sorted(ROOT.glob("zoo/**/*.c")) + sorted(ROOT.glob("circuits/**/*.cpp"))
    return [path.read_text() for path in files]


def random_text(rng, texts):
    kind = rng.randrange(6)
    if kind == 0:
        text = rng.choice(texts)
        begin = rng.randrange(len(text))
        return text[begin : begin + rng.randrange(1, 400)]
    if kind == 1:
        return "".join(chr(rng.randint(*rng.choice(RANGES))) for _ in range(rng.randrange(1, 30)))
    pools = {2: [WORDS, SPACES], 3: [WORDS, SPACES, EMOJI], 4: [SPACES], 5: [WORDS, SPACES, SPECIAL]}[kind]
    return "".join(rng.choice(rng.choice(pools)) for _ in range(rng.randrange(1, 25)))


def is_assigned(text):
    return all(unicodedata.category(c) not in ("Cn", "Cs", "Co") for c in text)


def field(reader, key):
    return reader.get_field(key).contents()


def hf_tokenizer(reader):
    tokens, types, merges = (field(reader, "tokenizer.ggml." + name) for name in ("tokens", "token_type", "merges"))
    added = [{"id": i, "content": t, "single_word": False, "lstrip": False, "rstrip": False, "normalized": False, "special": types[i] == 3} for i, t in enumerate(tokens) if types[i] in (3, 4)]
    return {
        "version": "1.0", "truncation": None, "padding": None, "added_tokens": added, "normalizer": None,
        "pre_tokenizer": {"type": "Sequence", "pretokenizers": [{"type": "Digits", "individual_digits": True},
                                                                {"type": "ByteLevel", "add_prefix_space": False, "trim_offsets": True, "use_regex": True}]},
        "post_processor": None, "decoder": {"type": "ByteLevel", "add_prefix_space": True, "trim_offsets": True, "use_regex": True},
        "model": {"type": "BPE", "dropout": None, "unk_token": None, "continuing_subword_prefix": None, "end_of_word_suffix": None, "fuse_unk": False, "byte_fallback": False,
                  "ignore_merges": False, "vocab": {t: i for i, t in enumerate(tokens)}, "merges": merges},
    }


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("model")
    parser.add_argument("--count", type=int, default=4000)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    folder = ROOT / "build" / "reference"
    (folder / "smollm2").mkdir(parents=True, exist_ok=True)
    path = folder / "smollm2" / "tokenizer.json"
    path.write_text(json.dumps(hf_tokenizer(gguf.GGUFReader(options.model))))
    hf = tokenizers.Tokenizer.from_file(str(path))
    llama = llama_cpp.Llama(options.model, vocab_only=True, verbose=False)
    rng, texts, strings = random.Random(options.seed), sources(), []
    while len(strings) < options.count:
        text = random_text(rng, texts)
        raw = text.encode("utf-8", "surrogatepass")
        if not is_assigned(text) or hf.decode(hf.encode(text).ids, skip_special_tokens=False) != text:
            continue   # a byte that the vocabulary lacks was dropped
        strings.append({"text": text, "llama": llama.tokenize(raw, add_bos=False, special=False), "llama_special": llama.tokenize(raw, add_bos=False, special=True),
                        "hf": hf.encode(text, add_special_tokens=False).ids})
    (folder / "smollm2_tokens.json").write_text(json.dumps({"seed": options.seed, "strings": strings}))
    print(f"{len(strings)} strings, {sum(len(each['llama']) for each in strings)} tokens, written to {folder / 'smollm2_tokens.json'}")


if __name__ == "__main__":
    main()
