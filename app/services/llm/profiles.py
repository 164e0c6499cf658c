"""Facts about model families that their ids give away: readable names and what is an embedding model.

Data, no clients. Nothing about a model's context window or abilities is guessed here: servers report those.
"""

from __future__ import annotations

import re

#: Words that people know in another spelling than "Capitalised".
_BRANDS = {
    "gpt": "GPT",
    "oss": "OSS",
    "chatgpt": "ChatGPT",
    "deepseek": "DeepSeek",
    "codellama": "CodeLlama",
    "tinyllama": "TinyLlama",
    "starcoder": "StarCoder",
    "starcoder2": "StarCoder2",
    "smollm": "SmolLM",
    "smollm2": "SmolLM2",
    "smollm3": "SmolLM3",
    "smolvlm": "SmolVLM",
    "olmo": "OLMo",
    "olmo2": "OLMo2",
    "olmoe": "OLMoE",
    "internlm": "InternLM",
    "internlm2": "InternLM2",
    "internvl": "InternVL",
    "minicpm": "MiniCPM",
    "openchat": "OpenChat",
    "openhermes": "OpenHermes",
    "wizardlm": "WizardLM",
    "wizardcoder": "WizardCoder",
    "exaone": "EXAONE",
    "glm": "GLM",
    "chatglm": "ChatGLM",
    "codegeex": "CodeGeeX",
    "lfm": "LFM",
    "lfm2": "LFM2",
    "dbrx": "DBRX",
    "qwq": "QwQ",
    "qvq": "QVQ",
    "llava": "LLaVA",
    "bge": "BGE",
    "gte": "GTE",
    "e5": "E5",
    "minilm": "MiniLM",
    "mxbai": "MxBai",
    "rwkv": "RWKV",
    "mpt": "MPT",
    "stablelm": "StableLM",
    "phi": "Phi",
    "ai": "AI",
    "it": "IT",
    "vl": "VL",
    "moe": "MoE",
    "dpo": "DPO",
    "sft": "SFT",
    "gguf": "GGUF",
    "mlx": "MLX",
    "awq": "AWQ",
    "gptq": "GPTQ",
    "qat": "QAT",
    "fp8": "FP8",
    "fp16": "FP16",
    "bf16": "BF16",
    "f16": "F16",
    "f32": "F32",
}

#: Joined by a hyphen in their makers' own writing.
_HYPHENATED = (("GPT", re.compile(r"OSS|\d\S*")),)

#: Prefixes that tell where a model lies, not what it is called.
_PLACE_PREFIX = re.compile(r"local[-_ :]+(?=\S)", re.IGNORECASE)
_SEPARATORS = re.compile(r"[-:_@\s]+")
#: 7b, 1.5B, 270m, 8x7b, a3b, e4b: parameter counts.
_SIZE = re.compile(r"[ae]?\d+(\.\d+)?(x\d+(\.\d+)?)?[bmkt]", re.IGNORECASE)
#: q4_k_m, iq3_xxs, q8_0: quantizations; split at `_` they are single words again.
_QUANTIZATION = re.compile(r"i?q\d+(_[a-z0-9]+)*", re.IGNORECASE)
_VERSION = re.compile(r"[vr]\d+(\.\d+)*", re.IGNORECASE)

_EMBEDDING_PREFIXES = ("text-embedding-", "embedding-", "embed-")
_EMBEDDING_WORDS = re.compile(
    r"(^|[-_/:. ])(embed(ding|dings|der)?|bge|gte|e5|minilm|mxbai|nomic-embed\S*|arctic-embed\S*|granite-embedding)"
    r"([-_/:. ]|\d|$)"
)

#: Parts of ids of OpenAI's list that are no chat models.
_NOT_CHAT = re.compile(
    r"(^|[-_])(audio|tts|whisper|transcribe|realtime|dall-e|image|embedding|moderation|sora|search-api|"
    r"instruct|babbage|davinci|computer-use|codex-mini|live|translate)([-_]|\d|$)"
)


def readable_name(model_id: str) -> str:
    """The name people read: `openai/gpt-oss-20b` → `GPT-OSS 20B`; the id itself where nothing readable is left."""
    last = model_id.rstrip("/").rpartition("/")[2]
    last = re.sub(r"\.gguf$", "", last, flags=re.IGNORECASE)
    last = _PLACE_PREFIX.sub("", last, count=1) if _PLACE_PREFIX.match(last) else last
    words = [_word(word) for word in _words(last)]
    return _joined(words) or model_id


def looks_like_embedding(model_id: str) -> bool:
    """Whether an id names an embedding model. Only for servers whose lists do not tell the kind."""
    lowered = model_id.lower()
    last = lowered.rpartition("/")[2]
    return last.startswith(_EMBEDDING_PREFIXES) or _EMBEDDING_WORDS.search(last) is not None


def is_openai_chat_model(model_id: str) -> bool:
    """Whether an id of OpenAI's own list answers chat completions; the list itself does not say."""
    return _NOT_CHAT.search(model_id.lower()) is None and not looks_like_embedding(model_id)


def _words(text: str) -> list[str]:
    found: list[str] = []
    for word in re.split(r"[-:@\s]+", text):
        if word:
            found.extend([word] if _QUANTIZATION.fullmatch(word) else [part for part in word.split("_") if part])
    return found


def _word(word: str) -> str:
    lowered = word.lower()
    if lowered in _BRANDS:
        return _BRANDS[lowered]
    if _SIZE.fullmatch(word) or _QUANTIZATION.fullmatch(word):
        return word.upper().replace("X", "x") if _SIZE.fullmatch(word) else word.upper()
    if _VERSION.fullmatch(word):
        return word if word[0] == "v" else word.upper()
    if word != lowered:
        return word  # the maker's own capitals
    return word[:1].upper() + word[1:]


def _joined(words: list[str]) -> str:
    text = ""
    for position, word in enumerate(words):
        hyphen = position > 0 and any(words[position - 1] == a and b.fullmatch(word) for a, b in _HYPHENATED)
        text += ("-" if hyphen else " ") + word if position else word
    return text
