"""How a server that does not run is started from here, or that its program is not on this computer at all."""

from __future__ import annotations

from typing import TYPE_CHECKING

from app.services.terminal_command import in_terminal

if TYPE_CHECKING:
    from app.services.container import Services
    from app.services.llm.errors import LLMError


async def fit_way_to_start(services: Services, error: LLMError, *, of_runtime: bool = False) -> None:
    """Correct the hint of a `not_running`; other errors stay as they are.

    `of_runtime`: the error comes from a command that handles the program itself, so ours that starts it is named.
    """
    from app.services.llm.address import is_loopback, origin_of
    from app.services.llm.errors import ErrorKind

    if error.kind is not ErrorKind.NOT_RUNNING or not error.provider:
        return
    missing = await missing_program(services, error.provider)
    if not missing:
        if of_runtime and not error.terminal_hint:
            error.terminal_hint = f"Or: {in_terminal(f'backend start {error.provider}')}"
        return
    address = services.manager.provider(error.provider).config.base_url
    if is_loopback(address):
        error.hint = f"Nothing answers at {origin_of(address)}. {missing}"


async def missing_program(services: Services, provider_id: str) -> str:
    """That the product's program is not on this computer and where to get it; "" where it is, or is none we know."""
    from app.services import runtimes
    from app.services.llm.local_products import LOCAL_PRODUCTS

    product = LOCAL_PRODUCTS.get(provider_id)
    if product is None or await runtimes.check_backend_installed(provider_id, door=services.door):
        return ""
    return f"{product.name} is not installed on this computer: {product.website}."
