"""`aica hub`: look for models, see which of their files fit, delete what was fetched. `aica pull` fetches them."""

from __future__ import annotations

import argparse
from collections.abc import Awaitable, Callable, Coroutine
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from app.cli import output, running
from app.services.terminal_command import in_terminal

if TYPE_CHECKING:
    from app.services.container import Services
    from app.services.engine.footprint import Fit
    from app.services.hub.filters import Result
    from app.services.hub.judging import Judged, JudgedItem

BACKEND = "embedded"
MOST_RESULTS = 100
_VERDICTS = {"fits": "fits", "tight": "tight", "too_large": "too large", "unknown": "unknown"}


def configure(parser: argparse.ArgumentParser, common: argparse.ArgumentParser) -> None:
    actions = parser.add_subparsers(title="actions", metavar="ACTION", required=True)
    _add_search(actions.add_parser("search", parents=[common], help="look for repositories with GGUF files"))
    show = actions.add_parser("show", parents=[common], help="the files of a repository, and which of them fit")
    show.add_argument("repository", metavar="REPO", help="user/repo, or a link to it")
    show.add_argument("--context", metavar="N", type=running.positive_number, help="tokens of window to judge with")
    show.set_defaults(run=_show)
    updates = actions.add_parser("updates", parents=[common], help="ask whether fetched models have a newer version")
    updates.set_defaults(run=_updates)
    delete = actions.add_parser("delete", parents=[common], help="delete a model that was fetched")
    delete.add_argument("name", metavar="MODEL", help="as “aica ls embedded” shows it")
    delete.set_defaults(run=_delete)
    offer = actions.add_parser("offer", parents=[common], help="let LM Studio load a model that was fetched, too")
    offer.description = "Link its files into LM Studio's folder through “lms import”; they take no more of the disk."
    offer.add_argument("name", metavar="MODEL", help="as “aica ls embedded” shows it")
    offer.set_defaults(run=_offer)
    for one in (show, updates, delete, offer):
        one.add_argument("--json", action="store_true", help="one JSON object")


def _add_search(parser: argparse.ArgumentParser) -> None:
    parser.description = (
        "Look for repositories with GGUF files, those fetched most first. What a repository does not tell about a "
        "condition is shown as unknown; nothing is left out for it."
    )
    parser.add_argument("text", metavar="TEXT", help="words of the name")
    parser.add_argument(
        "--limit",
        metavar="N",
        type=running.positive_number,
        default=20,
        help="how many to ask for, 100 at most (default: 20)",
    )
    parser.add_argument("--max-size", metavar="B", type=running.positive, help="at most so many billion parameters")
    parser.add_argument("--quant", metavar="Q", help="has this quantization, such as Q4_K_M")
    parser.add_argument("--licence", metavar="L", help="its licence holds this word")
    parser.add_argument("--context", metavar="N", type=running.positive_number, help="trained for at least N tokens")
    parser.add_argument("--coder", action="store_true", help="made for code")
    parser.add_argument("--vision", action="store_true", help="sees pictures")
    parser.add_argument("--tools", action="store_true", help="calls tools")
    parser.add_argument("--json", action="store_true", help="one JSON object")
    parser.set_defaults(run=_search)


async def _with_services(arguments: argparse.Namespace, act: Callable[[Services], Awaitable[int]]) -> int:
    from app.services.llm.errors import LLMError

    try:
        async with await running.services_of(arguments, quiet=arguments.json, keep_history=False) as services:
            return await act(services)
    except LLMError as exc:
        if not arguments.json:
            raise
        output.json_line(output.error_object(exc))
        return output.exit_status(exc)


# -- search


def _search(arguments: argparse.Namespace) -> Coroutine[Any, Any, int]:
    async def search(services: Services) -> int:
        from app.services.hub.filters import Wanted

        wanted = Wanted(
            arguments.max_size,
            arguments.quant,
            arguments.licence,
            arguments.context,
            arguments.coder,
            arguments.vision,
            arguments.tools,
        )
        found = await services.hub.search(arguments.text, wanted, min(arguments.limit, MOST_RESULTS))
        if arguments.json:
            output.print_json({"models": [_result_object(one) for one in found]})
        elif found:
            print(output.table([_result_row(one) for one in found], _RESULT_HEAD))
            command = in_terminal(f"hub show {found[0].model.repository}")
            output.note(f"“{command}” shows its files and which of them fit.")
        else:
            output.say("Nothing was found.")
        return 0

    return _with_services(arguments, search)


_RESULT_HEAD = ("REPOSITORY", "PARAMETERS", "CONTEXT MAX", "LICENCE", "DOWNLOADS", "")


def _result_row(one: Result) -> tuple[str, ...]:
    model, traits = one.model, one.traits
    billions = f"{traits.parameters_billion:.3g} B" if traits.parameters_billion is not None else ""
    abilities = (("coder", traits.coder), ("vision", traits.vision), ("tools", traits.tools))
    words = [name for name, has in abilities if has]
    words += ["asks for its terms"] if model.gated else []
    words += [f"unknown: {', '.join(one.unknown)}"] if one.unknown else []
    return (
        model.repository,
        billions,
        f"{model.context_length:,}" if model.context_length is not None else "",
        model.licence or "",
        f"{model.downloads:,}" if model.downloads is not None else "",
        ", ".join(words),
    )


def _result_object(one: Result) -> dict[str, Any]:
    return {**asdict(one.model), **asdict(one.traits), "unknown": list(one.unknown)}


# -- show


def _show(arguments: argparse.Namespace) -> Coroutine[Any, Any, int]:
    async def show(services: Services) -> int:
        from app.services.hub.names import split_name
        from app.services.hub.targets import ways_to_fetch

        context = arguments.context or services.manager.provider(BACKEND).config.model_dump()["context_length"]
        found = await services.hub.show(split_name(arguments.repository).repository, context)
        if arguments.json:
            output.print_json(_judged_object(found, services.hub.client.is_public))
            return 0
        _print_table(found, context)
        usual = next((row.item for row in found.rows if row.item.kind == "model" and row.item.complete), None)
        if usual is not None:
            for way in ways_to_fetch(found.repository, usual, public=services.hub.client.is_public):
                output.note(f"{way.product}: {in_terminal(f'pull {way.name} --backend {way.backend}')}" if way.name
                            else f"{way.product}: {way.reason}")  # fmt: skip
        return 0

    return _with_services(arguments, show)


def _print_table(found: Judged, context: int) -> None:
    model = found.repository.model
    facts = [f"licence {model.licence}"] if model.licence else ["licence unknown"]
    facts += [f"trained for {model.context_length:,} tokens"] if model.context_length is not None else []
    facts += ["asks for its terms on the hub's page"] if model.gated else []
    output.say(f"{found.repository.name}: {', '.join(facts)}")
    if not found.rows:
        output.say("It has no GGUF file.")
        return
    head = ("QUANT", "SIZE", f"WITH {context:,} TOKENS", "MEMORY", "LARGEST WINDOW", "FILE")
    print(output.table([_row(row) for row in found.rows], head))
    free = next((row.fit.free_bytes for row in found.rows if row.fit and row.fit.free_bytes is not None), None)
    if free is not None:
        output.note(f"{output.size_text(free)} of memory are free. MEMORY is counted for weights and window and "
                    "estimated for the rest.")  # fmt: skip
    if found.problem:
        output.note(found.problem)
    if found.repository.refused:
        output.note(f"{found.repository.refused} files have names that are not taken over, and are not offered.")


def _row(row: JudgedItem) -> tuple[str, ...]:
    item, fit = row.item, row.fit
    name = item.path if len(item.files) == 1 else f"{item.path} ({len(item.files)} parts)"
    return (item.quantization or "?", output.size_text(item.size_bytes) or "?", _verdict(row), *_figures(fit), name)


def _verdict(row: JudgedItem) -> str:
    if row.fit is None:
        return "for pictures"
    if not row.item.complete:
        return "parts are missing"
    return _VERDICTS[row.fit.verdict.value] + (", fits the graphics card" if row.fit.fits_graphics else "")


def _figures(fit: Fit | None) -> tuple[str, str]:
    if fit is None or fit.footprint is None:
        return "", ""
    largest = "" if fit.largest_context is None else f"{fit.largest_context:,}" if fit.largest_context else "none"
    return output.size_text(fit.footprint.total), largest


def _judged_object(found: Judged, public: bool) -> dict[str, Any]:
    from app.services.hub.targets import ways_to_fetch

    repository = found.repository
    return {
        **asdict(repository.model),
        "revision": repository.revision,
        "architecture": repository.architecture,
        "problem": found.problem or None,
        "files": [
            {
                **asdict(row.item),
                "size_bytes": row.item.size_bytes,
                "fit": _fit_object(row.fit),
                "ways": [asdict(way) for way in ways_to_fetch(repository, row.item, public=public)],
            }
            for row in found.rows
        ],
    }


def _fit_object(fit: Fit | None) -> dict[str, Any] | None:
    if fit is None:
        return None
    total = {"total_bytes": fit.footprint.total} if fit.footprint is not None else {}
    told = asdict(fit)
    return {**told, "footprint": {**told["footprint"], **total} if total else None}


# -- what was fetched


def _updates(arguments: argparse.Namespace) -> Coroutine[Any, Any, int]:
    async def updates(services: Services) -> int:
        found = await services.hub.updates()
        if arguments.json:
            output.print_json({"updates": [
                {"model": one.model.name, "repository": one.repository.name, "revision": one.repository.revision,
                 "size_bytes": one.item.size_bytes} for one in found
            ]})  # fmt: skip
            return 0
        for one in found:
            command = in_terminal(f"pull {one.repository.name}@{one.item.path} --backend {BACKEND}")
            output.say(f"{one.model.name} has a newer version ({output.size_text(one.item.size_bytes)}): {command}")
        if not found:
            output.say("No fetched model has a newer version.")
        return 0

    return _with_services(arguments, updates)


def _delete(arguments: argparse.Namespace) -> Coroutine[Any, Any, int]:
    async def delete(services: Services) -> int:
        freed = await services.delete_fetched_model(arguments.name)
        if arguments.json:
            output.print_json({"deleted": arguments.name, "freed_bytes": freed})
        else:
            output.say(f"{arguments.name} is deleted, {output.size_text(freed)} are free again.")
        return 0

    return _with_services(arguments, delete)


def _offer(arguments: argparse.Namespace) -> Coroutine[Any, Any, int]:
    async def offer(services: Services) -> int:
        await services.offer_to_lm_studio(arguments.name)
        if arguments.json:
            output.print_json({"offered": arguments.name, "backend": "lm_studio"})
        else:
            output.say(f"LM Studio has {arguments.name} in its list now.")
        return 0

    return _with_services(arguments, offer)
