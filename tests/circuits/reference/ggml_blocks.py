"""Blocks of every quantised GGUF type with the values that the `gguf` package gives them: the data of tests/circuits/data/ggml_blocks.json.

    python -m pip install gguf==0.19.0 && python tests/circuits/reference/ggml_blocks.py > tests/circuits/data/ggml_blocks.json

The bytes are arbitrary but for the half-precision scales, which are kept within sane sizes.
"""
import json
import random

import gguf
import numpy

SCALES = {"Q4_0": [0], "Q4_1": [0, 2], "Q8_0": [0], "Q4_K": [0, 2], "Q5_K": [0, 2], "Q6_K": [208], "F16": [0], "BF16": []}


def block(kind, size, generator):
    data = bytearray(generator.randrange(256) for _ in range(size))
    for place in SCALES[kind]:
        data[place : place + 2] = numpy.float16(generator.uniform(-0.1, 0.1)).tobytes()
    return bytes(data)


def main():
    generator = random.Random(1)
    result = {}
    for kind in SCALES:
        quant = gguf.GGMLQuantizationType[kind]
        elements, size = gguf.GGML_QUANT_SIZES[quant]
        raw = b"".join(block(kind, size, generator) for _ in range(2))
        if kind == "BF16":
            raw = b"".join(numpy.float32(generator.uniform(-2, 2)).tobytes()[2:] for _ in range(2))
        values = gguf.quants.dequantize(numpy.frombuffer(raw, dtype=numpy.uint8), quant) if kind != "F16" else numpy.frombuffer(raw, dtype=numpy.float16)
        result[kind] = {"bytes": raw.hex(), "values": [float(f"{v:.9g}") for v in numpy.asarray(values, dtype=numpy.float32).flatten()]}
        assert len(result[kind]["values"]) == 2 * elements
    print(json.dumps(result))


if __name__ == "__main__":
    main()
