"""Drafts the table of what CycloneDX documents are made of (crates/boms/data/cyclonedx.shapes).

    python shapes.py SCHEMA_FOLDER > crates/boms/data/cyclonedx.shapes

SCHEMA_FOLDER holds `bom-1.2` … `bom-1.7` with their companions, as cyclonedx-python-lib installs them. The table names
fields, words and the version that brought them, in a notation of its own that `crates/boms/src/cyclonedx/shape.rs`
explains. Needed again when the specification moves on; the tests compare the result with the schemas.
"""

import json
import pathlib
import sys

VERSIONS = ["1.2", "1.3", "1.4", "1.5", "1.6", "1.7"]
FORMATS = {"iri-reference": "uri", "date-time": "time", "date": "date", "idn-email": "email"}
PATTERNS = {
    "^urn:uuid:": "~serial",
    "/[1-9][0-9]*$": "~link",
    "/[1-9][0-9]*#.+$": "~link",
    "[-+a-z0-9.]+/": "~mime",
    "a-fA-F0-9": "~hash",
    "^([a-z]{2})": "~locale",
    "^CRE:": "~cre",
    "{0,28}": "~patent",
    "^[A-Z]{2}$": "~country",
}


def load(folder, name):
    for spelling in (f"{name}.SNAPSHOT.schema.json", f"{name}.schema.json"):
        path = folder / spelling
        if path.exists():
            return json.loads(path.read_text())
    raise SystemExit(f"no {name} in {folder}")


class Draft:
    """The types of one version."""

    def __init__(self, folder, version):
        self.folder = folder
        name = f"bom-{version}-strict" if version in ("1.2", "1.3") else f"bom-{version}"
        self.schema = load(folder, name)
        self.types = {}
        self.object("bom", self.schema)

    def resolve(self, reference):
        file, _, place = reference.partition("#")
        root = self.schema
        if file:
            root = load(self.folder, file.removesuffix(".schema.json").removesuffix(".SNAPSHOT"))
        for key in place.strip("/").split("/"):
            root = root[key] if key else root
        return root

    def shape(self, name, schema):
        if "$ref" in schema:
            reference = schema["$ref"]
            if "spdx" in reference:
                return "spdx"
            if "jsf" in reference:
                return "signature"
            target = self.resolve(reference)
            known = reference.rsplit("/", 1)[-1]
            if target.get("type") == "object" and "properties" in target:
                if known not in self.types:
                    self.object(known, target)
                return f"@{known}"
            return self.shape(known, target)
        if "enum" in schema:
            return "'" + "|".join(map(str, schema["enum"]))
        for key in ("oneOf", "anyOf"):
            choices = schema.get(key)
            if choices and not all(set(choice) == {"required"} for choice in choices):
                if schema.get("type") == "array" and all(c.get("type") == "array" for c in choices):
                    inner = [self.shape(f"{name}.{i}", c.get("items", {}) if isinstance(c.get("items"), dict) else c["items"][0]) for i, c in enumerate(choices)]
                    return "[(" + " / ".join(dict.fromkeys(inner)) + ")]"
                choices = [{"type": "object", **c} if "properties" in c else c for c in choices]
                parts = dict.fromkeys(self.shape(f"{name}.{i}", choice) for i, choice in enumerate(choices))
                return next(iter(parts)) if len(parts) == 1 else "(" + " / ".join(parts) + ")"
        kind = schema.get("type")
        if kind == "array":
            items = schema.get("items", {})
            if isinstance(items, list):
                items = items[0]
            mark = ("u" if schema.get("uniqueItems") else "") + ("+" if schema.get("minItems") else "")
            return f"[{self.shape(name, items)}]{mark}"
        if kind == "object":
            if "properties" not in schema:
                return "object"
            self.object(name, schema)
            return f"@{name}"
        if kind == "string":
            if "pattern" in schema:
                return next(short for part, short in PATTERNS.items() if part in schema["pattern"])
            if "format" in schema and schema["format"] in FORMATS:
                return FORMATS[schema["format"]]
            if schema.get("minLength"):
                return "text1"
            return f"text<{schema['maxLength']}" if "maxLength" in schema else "text"
        if kind in ("integer", "number"):
            low, high = schema.get("minimum", ""), schema.get("maximum", "")
            return f"{'int' if kind == 'integer' else 'num'}:{low}:{high}"
        return {"boolean": "bool"}.get(kind, "any")

    def object(self, name, schema):
        fields, rules = {}, []
        self.types[name] = (fields, rules, schema.get("additionalProperties", True) is not False)
        required = schema.get("required", [])
        for field, inner in schema["properties"].items():
            fields[field] = (field in required, self.shape(f"{name}.{field}", inner))
        for key, word in (("oneOf", "one-of"), ("anyOf", "any-of")):
            choices = schema.get(key)
            if choices and all(set(choice) == {"required"} for choice in choices):
                rules.append(f"{word} " + " ".join("+".join(choice["required"]) for choice in choices))


def merged_words(older, newer, version):
    """A word that an older version lacks carries the version that brought it."""
    known = {}
    for word in older[1:].split("|"):
        plain, _, since = word.partition("@@")
        known[plain] = since
    words = []
    for word in newer[1:].split("|"):
        since = known.get(word, version)
        words.append(f"{word}@@{since}" if since else word)
    return "'" + "|".join(words)


def main():
    folder = pathlib.Path(sys.argv[1])
    table = {}
    for version in VERSIONS:
        draft = Draft(folder, version)
        for name, (fields, rules, is_open) in draft.types.items():
            entry = table.setdefault(name, {"fields": {}, "rules": [], "open": False, "born": version})
            entry["rules"], entry["open"] = rules, is_open
            for field, (required, shape) in fields.items():
                known = entry["fields"].setdefault(field, {"since": version, "last": version, "required": [], "shape": shape})
                if shape.startswith("'") and known["shape"].startswith("'") and version != known["since"]:
                    shape = merged_words(known["shape"], shape, version)
                known["shape"], known["last"] = shape, version
                if required:
                    known["required"].append(version)
    print("# What CycloneDX documents are made of; see src/cyclonedx/shape.rs for the notation.")
    for name, entry in table.items():
        print(f"\n{name}{' open' if entry['open'] else ''}")
        for rule in entry["rules"]:
            print(f"  {rule}")
        newest = max(field["last"] for field in entry["fields"].values())
        for field, known in entry["fields"].items():
            span = "" if known["since"] == entry["born"] else known["since"]
            if known["last"] != newest:
                span += f"-{known['last']}"
            need = ""
            if known["required"]:
                need = "!"
                if known["required"][-1] != known["last"]:
                    need = f"!-{known['required'][-1]}"
                elif known["required"][0] != known["since"]:
                    need = f"!{known['required'][0]}"
            print(f"  .{field} {need or '?'} {span or '*'} {known['shape']}")


if __name__ == "__main__":
    main()
