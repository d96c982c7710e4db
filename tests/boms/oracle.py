"""Checks bills of materials with other people's tools.

    python oracle.py FOLDER

Every `*.cdx-1.6.json` and `*.cdx-1.7.json` in FOLDER must pass the strict validator of cyclonedx-python-lib, and every
`*.spdx3.json` must load with spdx-python-model. Prints what fails and exits with 1 if anything does.
Requirements: requirements.txt beside this file. Uses no network.
"""

import json
import pathlib
import sys

from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator
from spdx_python_model import v3_0_1 as spdx3

VALIDATORS = {
    "1.6": JsonStrictValidator(SchemaVersion.V1_6),
    "1.7": JsonStrictValidator(SchemaVersion.V1_7),
}


def check_cyclonedx(path: pathlib.Path, version: str) -> str | None:
    text = path.read_text(encoding="utf-8")
    error = VALIDATORS[version].validate_str(text)
    if error is not None:
        return str(error)[:600]
    return unique_references(json.loads(text))


def unique_references(document) -> str | None:
    """A bom-ref names one thing; the schema cannot say so."""
    seen: set[str] = set()
    todo = [document]
    while todo:
        value = todo.pop()
        if isinstance(value, dict):
            reference = value.get("bom-ref")
            if isinstance(reference, str):
                if reference in seen:
                    return f"bom-ref {reference!r} is used twice"
                seen.add(reference)
            todo.extend(value.values())
        elif isinstance(value, list):
            todo.extend(value)
    return None


def check_spdx3(path: pathlib.Path) -> str | None:
    objects = spdx3.SHACLObjectSet()
    try:
        with path.open("rb") as file:
            spdx3.JSONLDDeserializer().read(file, objects)
    except Exception as error:  # whatever it says is the finding
        return f"{type(error).__name__}: {error}"[:600]
    missing = objects.link()
    missing = [each for each in missing if not str(each).startswith("https://spdx.org/")]
    if missing:
        return f"names what is not there: {sorted(map(str, missing))[:3]}"
    if not list(objects.foreach_type("SpdxDocument")):
        return "holds no SpdxDocument"
    return None


def main() -> int:
    folder = pathlib.Path(sys.argv[1])
    counts = {"1.6": 0, "1.7": 0, "spdx3": 0}
    failures = 0
    for path in sorted(folder.iterdir()):
        name = path.name
        kind = next((kind for kind in counts if name.endswith((f".cdx-{kind}.json", f".{kind}.json"))), None)
        if kind is None:
            continue
        counts[kind] += 1
        problem = check_spdx3(path) if kind == "spdx3" else check_cyclonedx(path, kind)
        if problem is not None:
            failures += 1
            print(f"{name}: {problem}")
    print(", ".join(f"{kind}: {count}" for kind, count in counts.items()), f"failures: {failures}")
    return 1 if failures or not any(counts.values()) else 0


if __name__ == "__main__":
    sys.exit(main())
