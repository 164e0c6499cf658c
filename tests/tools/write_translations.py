"""Bring the translations up to date with the source: `python -m tests.tools.write_translations`.

Every text of the source stands in `resources/translations/aica_<code>.ts`, Qt Linguist's form; new ones are marked as
unfinished, those that went are taken out. The `.qm` files that the window reads are made from them with `lrelease`.
"""

from __future__ import annotations

import subprocess
import sys
import xml.etree.ElementTree as ET
from collections import defaultdict
from pathlib import Path

from tests.tools.collect_texts import ROOT, Text, collect

FOLDER = ROOT / "resources" / "translations"
#: Code → the number of its plural forms.
PLURALS = {"es": 2}


def ts_file(code: str) -> Path:
    return FOLDER / f"aica_{code}.ts"


def read(code: str) -> dict[Text, list[str]]:
    """What is translated: the text, or its plural forms, of each entry that is finished."""
    found: dict[Text, list[str]] = {}
    if not ts_file(code).is_file():
        return found
    for context in ET.parse(ts_file(code)).getroot().iter("context"):
        for message in context.iter("message"):
            translation = message.find("translation")
            if translation is None or translation.get("type"):
                continue
            text = Text(context.findtext("name", ""), message.findtext("source", ""), message.get("numerus") == "yes")
            forms = [form.text or "" for form in translation.iter("numerusform")] or [translation.text or ""]
            found[text] = forms
    return found


def written(code: str, translated: dict[Text, list[str]], texts: list[Text]) -> str:
    """The file as it should be."""
    root = ET.Element("TS", version="2.1", language=code, sourcelanguage="en")
    contexts: dict[str, list[Text]] = defaultdict(list)
    for text in sorted(texts):
        contexts[text.context].append(text)
    for name in sorted(contexts):
        context = ET.SubElement(root, "context")
        ET.SubElement(context, "name").text = name
        for text in contexts[name]:
            message = ET.SubElement(context, "message", {"numerus": "yes"} if text.numerus else {})
            ET.SubElement(message, "source").text = text.source
            forms = translated.get(text, [])
            translation = ET.SubElement(message, "translation", {} if forms else {"type": "unfinished"})
            if text.numerus:
                for form in forms or [""] * PLURALS[code]:
                    ET.SubElement(translation, "numerusform").text = form
            else:
                translation.text = forms[0] if forms else ""
    ET.indent(root)
    return '<?xml version="1.0" encoding="utf-8"?>\n<!DOCTYPE TS>\n' + ET.tostring(root, encoding="unicode") + "\n"


def release(source: Path, target: Path) -> None:
    """Make the file that the window reads.

    Raises:
        subprocess.CalledProcessError: the source is no translation.
    """
    program = Path(sys.executable).with_name("pyside6-lrelease")
    subprocess.run([str(program), "-silent", str(source), "-qm", str(target)], check=True, capture_output=True)


def main() -> None:
    found = collect()
    for problem in found.problems:
        print(problem)
    for code in PLURALS:
        translated = read(code)
        text = written(code, translated, list(found.texts))
        ts_file(code).write_text(text, encoding="utf-8")
        release(ts_file(code), ts_file(code).with_suffix(".qm"))
        missing = [one for one in found.texts if one not in translated]
        print(f"{code}: {len(found.texts)} texts, {len(missing)} to be translated")


if __name__ == "__main__":
    main()
