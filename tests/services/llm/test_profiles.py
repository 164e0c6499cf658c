"""Readable names and kinds, from ids alone."""

# ruff: noqa: E501 - recorded server texts and tables stay on one line

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.services.llm.profiles import is_openai_chat_model, looks_like_embedding, readable_name


@pytest.mark.parametrize(
    "model_id, name",
    [
        ("openai/gpt-oss-20b", "GPT-OSS 20B"),
        ("qwen2.5-coder:7b", "Qwen2.5 Coder 7B"),
        ("local-foo-bar", "Foo Bar"),
        ("local", "Local"),
        ("llama-3.2-3b-instruct", "Llama 3.2 3B Instruct"),
        ("qwen/qwen3-coder-30b", "Qwen3 Coder 30B"),
        ("qwen3-30b-a3b", "Qwen3 30B A3B"),
        ("mixtral-8x7b", "Mixtral 8x7B"),
        ("gemma-3-270m", "Gemma 3 270M"),
        ("deepseek/deepseek-r1-0528-qwen3-8b", "DeepSeek R1 0528 Qwen3 8B"),
        ("gpt-4o-mini", "GPT-4o Mini"),
        ("smollm2:1.7b", "SmolLM2 1.7B"),
        ("hf.co/bartowski/Llama-3.2-1B-Instruct-GGUF:Q4_K_M", "Llama 3.2 1B Instruct GGUF Q4_K_M"),
        ("text-embedding-nomic-embed-text-v1.5", "Text Embedding Nomic Embed Text v1.5"),
        ("mistral-7b-instruct", "Mistral 7B Instruct"),
        ("models/tiny.gguf", "Tiny"),
        ("", ""),
        ("---", "---"),
    ],
)
def test_ids_become_names_people_read(model_id: str, name: str) -> None:
    assert readable_name(model_id) == name


@given(st.text(max_size=80))
def test_any_id_has_a_name(model_id: str) -> None:
    assert bool(readable_name(model_id)) == bool(model_id)


@pytest.mark.parametrize(
    "model_id",
    ["text-embedding-nomic-embed-text-v1.5", "nomic-embed-text:latest", "BAAI/bge-m3", "mxbai-embed-large",
     "all-minilm:33m", "qwen3-embedding-0.6b", "text-embedding-3-small", "snowflake-arctic-embed2", "multilingual-e5-large"],
)  # fmt: skip
def test_embedding_models_are_known_by_their_ids(model_id: str) -> None:
    assert looks_like_embedding(model_id)
    assert not is_openai_chat_model(model_id)


@pytest.mark.parametrize(
    "model_id", ["qwen/qwen3-4b-2507", "gpt-oss:20b", "embedded-coder", "phi-4", "llama3.2", "rebge"]
)
def test_chat_models_are_not_taken_for_embeddings(model_id: str) -> None:
    assert not looks_like_embedding(model_id)


@pytest.mark.parametrize(
    "model_id, chat",
    [("gpt-6-sol", True), ("gpt-5.4-mini", True), ("o3", True), ("gpt-4o", True), ("gpt-4o-audio-preview", False),
     ("tts-1", False), ("whisper-1", False), ("dall-e-3", False), ("gpt-image-2", False), ("omni-moderation-latest", False),
     ("gpt-realtime", False), ("gpt-4o-transcribe", False), ("sora-2", False), ("gpt-3.5-turbo-instruct", False)],
)  # fmt: skip
def test_only_chat_models_of_openai_are_offered(model_id: str, chat: bool) -> None:
    assert is_openai_chat_model(model_id) is chat
