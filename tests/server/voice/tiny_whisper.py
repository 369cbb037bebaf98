"""A Whisper of one layer and random weights, in the form that faster-whisper loads: it runs, and babbles."""

import json
from pathlib import Path
from typing import Any

import pytest

_MELS, _WIDTH, _FRAMES, _TOKENS = 80, 64, 1500, 448
_SPECIAL = (
    "<|endoftext|>",
    "<|startoftranscript|>",
    "<|translate|>",
    "<|transcribe|>",
    "<|startoflm|>",
    "<|startofprev|>",
    "<|nospeech|>",
    "<|notimestamps|>",
    *(f"<|{tick / 50:.2f}|>" for tick in range(1501)),
)


def tiny_whisper(folder: Path) -> Path:
    """Write the model's files."""
    numpy: Any = pytest.importorskip("numpy")
    specs: Any = pytest.importorskip("ctranslate2.specs")
    tokenizers: Any = pytest.importorskip("tokenizers")
    letters = sorted(tokenizers.pre_tokenizers.ByteLevel.alphabet())
    words = [*letters, *_SPECIAL]
    random = numpy.random.default_rng(1)

    def some(*shape: int) -> Any:
        return random.normal(0, 0.3, shape).astype("float32")

    def norm(layer: Any) -> None:
        layer.gamma, layer.beta = numpy.ones(_WIDTH, "float32"), numpy.zeros(_WIDTH, "float32")

    def linear(layer: Any, out: int, into: int = _WIDTH) -> None:
        layer.weight, layer.bias = some(out, into), some(out)

    def attention(layer: Any, *sizes: int) -> None:
        norm(layer.layer_norm)
        for part, size in zip(layer.linear, sizes, strict=True):
            linear(part, size)

    def feed(layer: Any) -> None:
        norm(layer.layer_norm)
        linear(layer.linear_0, 2 * _WIDTH)
        linear(layer.linear_1, _WIDTH, 2 * _WIDTH)

    model = specs.WhisperSpec(1, 1, 1, 1)
    encoder, decoder = model.encoder, model.decoder
    encoder.conv1.weight, encoder.conv1.bias = some(_WIDTH, _MELS, 3), some(_WIDTH)
    encoder.conv2.weight, encoder.conv2.bias = some(_WIDTH, _WIDTH, 3), some(_WIDTH)
    encoder.position_encodings.encodings = some(_FRAMES, _WIDTH)
    decoder.position_encodings.encodings = some(_TOKENS, _WIDTH)
    decoder.embeddings.weight = some(len(words), _WIDTH)
    decoder.projection.weight, decoder.projection.bias = decoder.embeddings.weight, some(len(words))
    for side in (encoder, decoder):
        norm(side.layer_norm)
        attention(side.layer[0].self_attention, 3 * _WIDTH, _WIDTH)
        feed(side.layer[0].ffn)
    attention(decoder.layer[0].attention, _WIDTH, 2 * _WIDTH, _WIDTH)
    model.register_vocabulary(words)
    model.config.suppress_ids = []
    model.config.suppress_ids_begin = []
    model.config.alignment_heads = [(0, 0)]
    model.validate()
    folder.mkdir(parents=True)
    model.save(str(folder))

    vocabulary = {word: index for index, word in enumerate(words)}
    tokenizer = tokenizers.Tokenizer(tokenizers.models.BPE(vocabulary, []))
    tokenizer.pre_tokenizer = tokenizers.pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = tokenizers.decoders.ByteLevel()
    tokenizer.add_special_tokens(list(_SPECIAL))
    tokenizer.save(str(folder / "tokenizer.json"))
    assert json.loads((folder / "config.json").read_text(encoding="utf-8"))
    return folder
