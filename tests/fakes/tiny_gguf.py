"""A model file for llama.cpp that nobody trained: half a megabyte, made in a moment, and it recites one sentence.

The weights are built by hand. Attention and feed-forward give nothing back, so what reaches the output is the
embedding of the last token alone; each row of the output matrix is the embedding of the token that should come before
it. Embeddings are random unit vectors, nearly orthogonal in 64 dimensions, so at every step the successor's logit is
far above all others: a chain of tokens, deterministic at any temperature a test would use. The chain begins at the
newline that ends the chat template and closes with the end-of-turn token.

The vocabulary is byte-level ("gpt2"): all 256 bytes, so any prompt has tokens, plus the words of the sentence.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

import gguf
import numpy as np

SENTENCE = "Once upon a byte there lived one tiny model that always told this very same story ."
CHAT_TEMPLATE = (
    "{% for message in messages %}<|im_start|>{{ message['role'] }}\n{{ message['content'] }}<|im_end|>\n{% endfor %}"
    "{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}"
)
END_OF_TEXT, TURN_BEGINS, TURN_ENDS = "<|endoftext|>", "<|im_start|>", "<|im_end|>"

_NORMAL, _CONTROL = 1, 3  # token types of llama.cpp
_LOUDNESS = 5.0
"""Logit scale: the normalised embedding has length sqrt(width), so the successor leads by about 40."""


@dataclass(frozen=True, slots=True)
class Shape:
    """Size of the network; larger ones are slower, which is all that changes."""

    layers: int = 2
    width: int = 64
    heads: int = 2
    feed_forward: int = 128
    context: int = 512
    kv_heads: int | None = None
    """Heads of keys and values, where several heads share them; None: as many as `heads`."""


def write_tiny_model(
    path: Path,
    sentence: str = SENTENCE,
    shape: Shape | None = None,
    *,
    endless: bool = False,
    seed: int = 1,
    quantization: str = "F32",
    sliding_window: int | None = None,
    template: str = CHAT_TEMPLATE,
) -> None:
    """Write the model that recites `sentence`; `endless`: again and again, until the context is full.

    `quantization`: of the matrices, as gguf names it; below 32 bits the words are no longer certain.
    `sliding_window`: tokens that five of six layers look back, as in Gemma 3; the words are anything then.

    Raises:
        ValueError: a word occurs twice; each token can have one successor only.
    """
    shape = shape or Shape()
    tokens, types = _vocabulary(sentence)
    writer = gguf.GGUFWriter(str(path), "llama" if sliding_window is None else "gemma3")
    _write_header(writer, shape, tokens, types, quantization, template)
    chain = _chain(tokens, sentence, endless=endless)
    weights = _weights(shape, chain, len(tokens), np.random.default_rng(seed))
    if sliding_window is not None:
        writer.add_sliding_window(sliding_window)
        _slide(weights, shape)
    for name, tensor in weights.items():
        kind = gguf.GGMLQuantizationType[quantization if tensor.ndim > 1 else "F32"]
        writer.add_tensor(name, gguf.quants.quantize(tensor, kind), raw_dtype=kind)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


def _byte_letters() -> list[str]:
    """GPT-2's printable letter for each byte: printable Latin-1 stands for itself, the rest moves above U+0100."""
    itself = {*range(0x21, 0x7F), *range(0xA1, 0xAD), *range(0xAE, 0x100)}
    moved = iter(range(0x100, 0x200))
    return [chr(byte) if byte in itself else chr(next(moved)) for byte in range(256)]


def _spelled(text: str) -> str:
    letters = _byte_letters()
    return "".join(letters[byte] for byte in text.encode())


def _words(sentence: str) -> list[str]:
    """As they appear in running text: every word but the first brings the space before it."""
    first, *others = sentence.split()
    return [first, *(f" {word}" for word in others)]


def _vocabulary(sentence: str) -> tuple[list[str], list[int]]:
    words = [_spelled(word) for word in _words(sentence)]
    if len(set(words)) < len(words) or set(words) & set(_byte_letters()):
        raise ValueError("every word of the sentence must be a token of its own")
    # llama.cpp wants at least one merge, and a merge needs the token that it makes.
    plain = [*_byte_letters(), *words, "he"]
    special = [END_OF_TEXT, TURN_BEGINS, TURN_ENDS]
    return plain + special, [_NORMAL] * len(plain) + [_CONTROL] * len(special)


def _chain(tokens: list[str], sentence: str, *, endless: bool) -> list[tuple[int, int]]:
    """Pairs of token ids: what comes first, and what follows it."""
    words = [tokens.index(_spelled(word)) for word in _words(sentence)]
    begin = tokens.index(_spelled("\n"))
    # In a circle the first word follows both the newline and the last word; its row leans towards both.
    return list(pairwise([begin, *words, words[0] if endless else tokens.index(TURN_ENDS)]))


def _write_header(
    writer: Any, shape: Shape, tokens: list[str], types: list[int], quantization: str, template: str
) -> None:
    writer.add_name("tiny")
    writer.add_context_length(shape.context)
    writer.add_embedding_length(shape.width)
    writer.add_block_count(shape.layers)
    writer.add_feed_forward_length(shape.feed_forward)
    writer.add_head_count(shape.heads)
    writer.add_head_count_kv(shape.kv_heads or shape.heads)
    writer.add_layer_norm_rms_eps(1e-5)
    writer.add_rope_dimension_count(shape.width // shape.heads)
    writer.add_vocab_size(len(tokens))
    writer.add_file_type(_file_type(quantization))
    writer.add_tokenizer_model("gpt2")
    writer.add_tokenizer_pre("gpt-2")
    writer.add_token_list(tokens)
    writer.add_token_types(types)
    writer.add_token_merges(["h e"])
    writer.add_bos_token_id(tokens.index(END_OF_TEXT))
    writer.add_eos_token_id(tokens.index(END_OF_TEXT))
    writer.add_eot_token_id(tokens.index(TURN_ENDS))
    writer.add_add_bos_token(False)
    writer.add_chat_template(template)


def _slide(weights: dict[str, Any], shape: Shape) -> None:
    """The tensors that Gemma 3 has beside those of Llama, and none for the output: its embedding serves for both."""
    del weights["output.weight"]
    head, whole = (np.ones(width, dtype=np.float32) for width in (shape.width // shape.heads, shape.width))
    for layer in range(shape.layers):
        norms = {"attn_q_norm": head, "attn_k_norm": head, "post_attention_norm": whole, "post_ffw_norm": whole}
        weights |= {f"blk.{layer}.{name}.weight": tensor for name, tensor in norms.items()}


def _file_type(quantization: str) -> Any:
    """The whole file's kind for that of its matrices."""
    return next(kind for kind in gguf.LlamaFileType if kind.name in (f"ALL_{quantization}", f"MOSTLY_{quantization}"))


def _weights(shape: Shape, chain: list[tuple[int, int]], vocabulary: int, dice: np.random.Generator) -> dict[str, Any]:
    def noise(rows: int, columns: int, scale: float) -> Any:
        return dice.standard_normal((rows, columns), dtype=np.float32) * np.float32(scale)

    width, scale = shape.width, shape.width**-0.5
    kv_width = width // shape.heads * (shape.kv_heads or shape.heads)
    embedding = noise(vocabulary, width, 1.0)
    embedding /= np.linalg.norm(embedding, axis=1, keepdims=True)
    output = noise(vocabulary, width, 1e-3)
    for before, after in chain:
        output[after] += embedding[before] * _LOUDNESS
    ones = np.ones(width, dtype=np.float32)
    weights = {"token_embd.weight": embedding, "output_norm.weight": ones, "output.weight": output}
    for layer in range(shape.layers):
        block = {
            "attn_norm": ones,
            "attn_q": noise(width, width, scale),
            "attn_k": noise(kv_width, width, scale),
            "attn_v": noise(kv_width, width, scale),
            "attn_output": np.zeros((width, width), dtype=np.float32),
            "ffn_norm": ones,
            "ffn_gate": noise(shape.feed_forward, width, scale),
            "ffn_up": noise(shape.feed_forward, width, scale),
            "ffn_down": np.zeros((width, shape.feed_forward), dtype=np.float32),
        }
        weights |= {f"blk.{layer}.{name}.weight": tensor for name, tensor in block.items()}
    return weights
