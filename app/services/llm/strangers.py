"""Who answers where another server was meant. Asks without a key, and only for what answers without loading a model."""

from __future__ import annotations

import asyncio
import re
from typing import Any

from app.lean_dataclass import dataclass
from app.services.llm.errors import LLMError
from app.services.llm.http import HttpDoor, JsonAnswer
from app.services.llm.local_products import LOCAL_PRODUCTS, LocalProduct
from app.services.wording import say

PURPOSE = "connection check"
_TITLE = re.compile(r"<title[^>]*>([^<]{1,200})", re.IGNORECASE)
_MAX_TITLE = 60
_MAX_BODY_BYTES = 1_000_000


@dataclass(frozen=True, slots=True)
class Stranger:
    """What answers: a product's name, or the title of a page."""

    name: str
    product: str = ""
    """Its provider id, where it is a local product with settings of its own."""
    speaks_openai: bool = False
    is_page: bool = False


async def recognise(door: HttpDoor, origin: str, *, besides: LocalProduct | None, timeout_s: float) -> Stranger | None:
    """Who answers at an origin, None where it does not tell. `besides`: the product that it is known not to be."""
    products = {key: one for key, one in LOCAL_PRODUCTS.items() if one is not besides}
    paths = [one.path for one in products.values()]
    answers = await asyncio.gather(
        *(_get(door, origin + path, timeout_s) for path in (*paths, "/v1/models", "/api/models/public", "/"))
    )
    for (key, one), answer in zip(products.items(), answers, strict=False):
        if answer is not None and answer.status == 200 and one.recognised(answer.value):
            return Stranger(one.name, product=key)
    models, public, page = answers[len(paths) :]
    return _of_models(models, public) or _of_page(page)


async def greets(door: HttpDoor, product: LocalProduct, origin: str, timeout_s: float) -> bool:
    """Whether this product answers at an origin; no key is sent."""
    answer = await _get(door, origin + product.path, timeout_s)
    return answer is not None and answer.status == 200 and product.recognised(answer.value)


async def _get(door: HttpDoor, url: str, timeout_s: float) -> JsonAnswer | None:
    try:
        # The door's own limit does not hold while a name is looked up.
        async with asyncio.timeout(timeout_s):
            return await door.request_json("GET", url, purpose=PURPOSE, timeout_s=timeout_s, max_bytes=_MAX_BODY_BYTES)
    except (LLMError, TimeoutError):
        return None


def _of_models(models: JsonAnswer | None, public: JsonAnswer | None) -> Stranger | None:
    if public is not None and _is_gateway(public.value):
        return Stranger(say("AI Coder Assistant's gateway"), speaks_openai=True)
    if models is None:
        return None
    value: Any = models.value if isinstance(models.value, dict) else {}
    found = value.get("data")
    owners = {item.get("owned_by") for item in found if isinstance(item, dict)} if isinstance(found, list) else set()
    if models.headers.get("server", "") == "llama.cpp" or "llamacpp" in owners:
        return Stranger("llama-server", speaks_openai=True)
    if "vllm" in owners:
        return Stranger("vLLM", speaks_openai=True)
    if models.status == 200 and value.get("object") == "list" and isinstance(found, list):
        return Stranger(say("Another OpenAI-compatible server"), speaks_openai=True)
    return None


def _is_gateway(value: Any) -> bool:
    """Its open list of models (`GET /api/models/public`)."""
    return isinstance(value, dict) and value.get("success") is True and isinstance(value.get("models"), list)


def _of_page(page: JsonAnswer | None) -> Stranger | None:
    if page is None or page.headers.get("content-type", "").partition(";")[0].strip().lower() != "text/html":
        return None
    match = _TITLE.search(page.text)
    title = " ".join(match[1].split()) if match else ""
    title = "".join(c for c in title if c.isprintable())
    return Stranger(title[:_MAX_TITLE], is_page=True) if title else None
