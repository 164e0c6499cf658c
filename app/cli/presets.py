"""`aica preset`: a system prompt and parameters that are kept under a name, for chats and for single questions."""

from __future__ import annotations

import argparse
import json
from typing import TYPE_CHECKING, Any

from app.cli import output
from app.cli.load_flags import add_load_flags, load_flag_values, load_words
from app.cli.preset_choice import loaded_by, preset_named, sent_by
from app.cli.sampling_flags import add_sampling_flags, sampling_values
from app.cli.store_actions import add_action, refuse_unsaved

if TYPE_CHECKING:
    from app.services.container import Services
    from app.services.conversations.records import Preset


def configure(parser: argparse.ArgumentParser, common: argparse.ArgumentParser) -> None:
    parser.description = (
        "A system prompt and parameters that are kept under a name, and how a model is loaded. The window offers them "
        "under the message field; aica chat --preset NAME and aica ask --preset NAME take one, aica load --template "
        "NAME takes what it says about a load. Only what a preset sets is sent."
    )
    actions = parser.add_subparsers(title="actions", metavar="ACTION", required=True)
    listing = add_action(actions, common, "list", "all presets, and the models that begin with one", _list)
    listing.add_argument("--json", action="store_true")
    show = add_action(actions, common, "show", "print one", _show)
    show.add_argument("name", metavar="NAME")
    show.add_argument("--json", action="store_true")
    save = add_action(actions, common, "save", "keep values, or others under its name", _save)
    save.add_argument("name", metavar="NAME")
    save.add_argument("--system", metavar="S", help="system prompt; without it the preset sets none")
    add_sampling_flags(save)
    save.add_argument("--stop", metavar="TEXT", action="append", default=[], help="end of an answer; may repeat")
    add_load_flags(save)
    delete = add_action(actions, common, "delete", "remove one; chats that have it are answered without", _delete)
    delete.add_argument("name", metavar="NAME")


async def _list(services: Services, arguments: argparse.Namespace) -> int:
    from app.services.conversations import presets

    found = await services.store.read(presets.presets)
    models = await services.store.read(presets.models_of_presets)
    if arguments.json:
        output.print_json({"presets": [_as_json(one, models.get(one.uid, [])) for one in found]})
    elif not found:
        output.note("There are no presets yet. “preset save” keeps one.")
    else:
        rows = [
            (
                one.name,
                output.one_line(_words(one), 70),
                ", ".join(model for _provider, model in models.get(one.uid, [])),
            )
            for one in found
        ]
        print(output.table(rows, ("NAME", "SETS", "DEFAULT OF")))
    return 0


async def _show(services: Services, arguments: argparse.Namespace) -> int:
    from app.services.conversations import presets

    found = await preset_named(services, arguments.name)
    models = (await services.store.read(presets.models_of_presets)).get(found.uid, [])
    if arguments.json:
        output.print_json(_as_json(found, models))
        return 0
    for name, value in sent_by(found).items():
        print(output.visible(f"{name} = {json.dumps(value, ensure_ascii=False)}"))
    for name, value in loaded_by(found).items():
        print(output.visible(f"load {name} = {json.dumps(value, ensure_ascii=False)}"))
    for provider, model in models:
        print(output.visible(f"default of {model} ({provider})"))
    if found.system_prompt is not None:
        print(output.visible(f"\n{found.system_prompt}" if found.system_prompt else "no system prompt"))
    return 0


async def _save(services: Services, arguments: argparse.Namespace) -> int:
    from app.services.conversations import presets
    from app.services.conversations.chat_settings import problem_of

    refuse_unsaved(services)
    values = sampling_values(arguments)
    if arguments.stop:
        values["stop"] = arguments.stop
    for name, value in values.items():
        if problem := problem_of(name, value):
            raise output.UsageError(f"--{name.replace('_', '-')}: {problem}")
    load = load_flag_values(arguments)
    kept, before = await services.store.write(presets.save_preset, arguments.name, arguments.system, values, load)
    print(output.visible(f"“{kept.name}” {'has other values now' if before is not None else 'is kept'}."))
    gone = sorted(set(sent_by(before)) - set(sent_by(kept))) if before is not None else []
    if before is not None and before.system_prompt is not None and kept.system_prompt is None:
        gone.append("system prompt")
    if before is not None:
        gone += [f"load {name}" for name in loaded_by(before) if name not in loaded_by(kept)]
    if gone:
        output.note(f"No longer in it, since they were not named: {', '.join(gone)}.")
    return 0


async def _delete(services: Services, arguments: argparse.Namespace) -> int:
    from app.services.conversations import presets

    refuse_unsaved(services)
    found = await preset_named(services, arguments.name)
    await services.store.write(presets.delete_preset, found.uid)
    print(output.visible(f"“{found.name}” removed."))
    return 0


def _words(preset: Preset) -> str:
    values = [f"{name} {json.dumps(value, ensure_ascii=False)}" for name, value in sent_by(preset).items()]
    prompt = ["system prompt"] if preset.system_prompt is not None else []
    load = [f"load {word}" for word in load_words(loaded_by(preset))]
    return ", ".join([*values, *prompt, *load])


def _as_json(preset: Preset, models: list[tuple[str, str]]) -> dict[str, Any]:
    return {
        "name": preset.name,
        "system_prompt": preset.system_prompt,
        "parameters": sent_by(preset),
        "load": loaded_by(preset),
        "default_of": [{"provider": provider, "model": model} for provider, model in models],
    }
