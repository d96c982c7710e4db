"""Makes bills of materials with other people's tools, and says in plain words what they list.

    python foreign.py FOLDER [NODE_PROJECT]

FOLDER gets documents of cyclonedx-py (CycloneDX 1.2 to 1.7, from pins and from an environment), spdx-tools (SPDX 2.2 and
2.3, JSON and tag-value), mlcroissant (Croissant 1.0 and 1.1) and, if NODE_PROJECT holds `@cyclonedx/cyclonedx-npm` and `@cyclonedx/cyclonedx-library`, of
these two. For each there is a `.expected` beside it, taken from the JSON by nothing but its keys: one line for each
component with type, full name, version, package URL, digests and licences, then one for each dependency.
`crates/boms/tests/it/foreign.rs` reads the documents that are kept in `crates/boms/tests/foreign` and compares.
Requirements: requirements.txt and requirements-foreign.txt beside this file.
"""

import datetime
import json
import pathlib
import subprocess
import sys

import mlcroissant as mlc
from mlcroissant._src.core.context import CroissantVersion
from spdx_tools.spdx.model import (
    Actor,
    ActorType,
    Checksum,
    ChecksumAlgorithm,
    CreationInfo,
    Document,
    ExternalPackageRef,
    ExternalPackageRefCategory,
    Package,
    PackagePurpose,
    Relationship,
    RelationshipType,
    SpdxNoAssertion,
)
from spdx_tools.spdx.writer.write_anything import write_file

PINS = """\
attrs==24.2.0 --hash=sha256:81921eb96de3191c8258c199618104dd27ac608d9366f5e35d011eae1867ede2
huggingface-hub==0.25.1
safetensors==0.4.5
tokenizers==0.20.0
torch==2.4.1+cpu
transformers @ https://example.org/transformers-4.45.1-py3-none-any.whl
typing_extensions==4.12.2 ; python_version < "3.13"
"""

NPM_SCRIPT = """
const CDX = require("@cyclonedx/cyclonedx-library");
const { Enums, Models, Serialize, Spec } = CDX;
const bom = new Models.Bom();
const root = new Models.Component(Enums.ComponentType.Application, "shop", { version: "1.0.0", bomRef: "shop" });
bom.metadata.component = root;
const parts = [["library", "@acme/chat", "2.1.0"], ["framework", "express", "4.19.2"], ["file", "model.gguf", ""]];
for (const [type, name, version] of parts) {
  const group = name.startsWith("@") ? name.split("/")[0] : undefined;
  const part = new Models.Component(type, group ? name.split("/")[1] : name, { group, bomRef: name, version: version || undefined });
  if (version) part.purl = `pkg:npm/${name.replace("@", "%40")}@${version}`;
  part.hashes.set(Enums.HashAlgorithm["SHA-256"], "ab".repeat(32));
  part.licenses.add(new Models.SpdxLicense("MIT"));
  part.scope = Enums.ComponentScope.Optional;
  part.dependencies.clear();
  root.dependencies.add(part.bomRef);
  bom.components.add(part);
}
for (const version of ["1.2", "1.3", "1.4", "1.5", "1.6"]) {
  const spec = Spec[`Spec1dot${version.slice(2)}`];
  const text = new Serialize.JsonSerializer(new Serialize.JSON.Normalize.Factory(spec)).serialize(bom, { sortLists: true, space: 1 });
  require("fs").writeFileSync(`${process.argv[2]}/library-${version}.cdx.json`, text);
}
"""


def run(*command: str, **options) -> str:
    done = subprocess.run(command, check=True, capture_output=True, text=True, **options)
    return done.stdout


def cyclonedx_py(folder: pathlib.Path) -> None:
    program = str(pathlib.Path(sys.executable).parent / "cyclonedx-py")
    pins = folder / "pins.txt"
    pins.write_text(PINS)
    for version in ["1.2", "1.3", "1.4", "1.5", "1.6", "1.7"]:
        out = folder / f"pins-{version}.cdx.json"
        run(program, "requirements", str(pins), "--sv", version, "--output-reproducible", "-o", str(out))
    pins.unlink()
    environment = folder / "environment"
    run(sys.executable, "-m", "venv", "--without-pip", str(environment))
    run("uv", "pip", "install", "--quiet", "--python", str(environment / "bin" / "python"),
        "safetensors==0.4.5", "jinja2==3.1.4", "requests==2.32.3", "--exclude-newer", "2024-10-01")
    for version in ["1.5", "1.6", "1.7"]:
        out = folder / f"environment-{version}.cdx.json"
        run(program, "environment", str(environment), "--sv", version, "--output-reproducible", "-o", str(out))
    run("rm", "-r", str(environment))


def spdx_document(version: str) -> Document:
    created = datetime.datetime(2026, 1, 1)
    creators = [Actor(ActorType.TOOL, "maker-1.0"), Actor(ActorType.ORGANIZATION, "Acme", "sbom@acme.example")]
    info = CreationInfo(version, "SPDXRef-DOCUMENT", "image", "https://acme.example/image", creators, created)
    is_new = version == "SPDX-2.3"
    purpose = {"primary_package_purpose": PackagePurpose.CONTAINER} if is_new else {}
    unknown = {} if is_new else {
        name: SpdxNoAssertion() for name in ("license_concluded", "license_declared", "copyright_text")
    }
    image = Package("SPDXRef-image", "image", SpdxNoAssertion(), version="1", files_analyzed=False, **purpose, **unknown)
    libssl = Package(
        "SPDXRef-libssl", "libssl3", "https://acme.example/libssl3.deb", version="3.0.11-1~deb12u2", files_analyzed=False,
        supplier=Actor(ActorType.ORGANIZATION, "Debian", "team@example.org"),
        checksums=[Checksum(ChecksumAlgorithm.SHA256, "ab" * 32), Checksum(ChecksumAlgorithm.SHA1, "cd" * 20)],
        source_info="built package from: openssl 3.0.11-1~deb12u2", comment="two\nlines",
        external_references=[ExternalPackageRef(
            ExternalPackageRefCategory.PACKAGE_MANAGER, "purl",
            "pkg:deb/debian/libssl3@3.0.11-1~deb12u2?arch=amd64&distro=debian-12")],
        **unknown)
    torch = Package("SPDXRef-torch", "torch", SpdxNoAssertion(), version="2.4.1", files_analyzed=False,
                    homepage="https://pytorch.org", **unknown)
    relations = [
        Relationship("SPDXRef-DOCUMENT", RelationshipType.DESCRIBES, "SPDXRef-image"),
        Relationship("SPDXRef-image", RelationshipType.CONTAINS, "SPDXRef-libssl"),
        Relationship("SPDXRef-torch", RelationshipType.DEPENDENCY_OF, "SPDXRef-image"),
    ]
    return Document(info, [image, libssl, torch], [], [], [], relations)


def spdx(folder: pathlib.Path) -> None:
    for version in ["2.2", "2.3"]:
        document = spdx_document(f"SPDX-{version}")
        for end in ["spdx.json", "spdx"]:
            write_file(document, str(folder / f"tools-{version}.{end}"), validate=True)


def croissant(folder: pathlib.Path) -> None:
    """A dataset of files, one of a table with columns, and one that says what the RAI vocabulary asks for."""
    file = mlc.FileObject(
        id="letters.csv", name="letters.csv", content_url="https://acme.example/letters.csv", content_size="1536 B",
        encoding_formats=["text/csv"], sha256="ab" * 32)
    archive = mlc.FileObject(
        id="images.zip", name="images.zip", content_url="https://acme.example/images.zip",
        encoding_formats=["application/zip"], sha256="cd" * 32)
    images = mlc.FileSet(id="images", name="images", contained_in=["images.zip"], encoding_formats=["image/png"],
                         includes=["*.png"])
    source = mlc.Source(file_object="letters.csv", extract=mlc.Extract(column="text"))
    field = mlc.Field(id="letters/text", name="letters/text", data_types=mlc.DataType.TEXT, source=source)
    records = mlc.RecordSet(id="letters", name="letters", fields=[field])
    told = {
        "name": "tickets", "description": "Letters of customers.", "version": "1.2.0", "url": "https://acme.example/",
        "license": ["https://creativecommons.org/licenses/by/4.0/"], "date_published": datetime.datetime(2026, 1, 1),
        "creators": [mlc.Organization(name="Acme", url="https://acme.example/")],
    }
    rai = {
        "data_collection": "exported from the help desk", "data_biases": ["mostly English"],
        "personal_sensitive_information": ["names"],
    }
    cases = {
        "plain-1.0": (CroissantVersion.V_1_0, {"distribution": [file]}),
        "table-1.0": (CroissantVersion.V_1_0, {"distribution": [file, archive, images], "record_sets": [records]}),
        "rai-1.1": (CroissantVersion.V_1_1, {"distribution": [file], "record_sets": [records], **rai}),
    }
    for name, (version, more) in cases.items():
        metadata = mlc.Metadata(ctx=mlc.Context(conforms_to=version), **told, **more)
        text = json.dumps(metadata.to_json(), indent=1, default=str)
        (folder / f"{name}.croissant.json").write_text(text)


def of_croissant(path: pathlib.Path) -> list[str]:
    """What mlcroissant reads of a document."""
    metadata = mlc.Dataset(jsonld=str(path)).metadata
    licences = [str(each) for each in metadata.license]
    lines = ["\t".join(["dataset", metadata.name, str(metadata.version), "", "", ";".join(licences)])]
    for each in metadata.distribution:
        if isinstance(each, mlc.FileObject):
            lines.append("\t".join(["file", each.name, "", "", f"SHA-256:{each.sha256}", ""]))
    return sorted(lines)


def npm(folder: pathlib.Path, project: pathlib.Path) -> None:
    script = project / "make.js"
    script.write_text(NPM_SCRIPT)
    run("node", script.name, str(folder.resolve()), cwd=project)
    script.unlink()
    program = str(project.resolve() / "node_modules/.bin/cyclonedx-npm")
    small = folder / "small"
    small.mkdir()
    (small / "package.json").write_text('{"name": "small", "version": "1.0.0", "dependencies": {"debug": "4.3.7"}}')
    run("npm", "install", "--silent", "--no-fund", "--no-audit", cwd=small)
    for version in ["1.2", "1.4", "1.6"]:
        out = folder.resolve() / f"npm-{version}.cdx.json"
        run(program, "--sv", version, "--output-reproducible", "-o", str(out), cwd=small)
    run("rm", "-r", str(small))


def walk(components: list) -> list:
    found = []
    for component in components:
        found.append(component)
        found.extend(walk(component.get("components", [])))
    return found


def licences(component: dict) -> list[str]:
    terms = []
    for choice in component.get("licenses", []):
        licence = choice.get("license", {})
        terms.append(choice.get("expression") or licence.get("id") or licence.get("name"))
    return sorted(terms)


def of_cyclonedx(document: dict) -> list[str]:
    everything = walk(document.get("components", []))
    if "component" in document.get("metadata", {}):
        everything += walk([document["metadata"]["component"]])
    lines, names = [], {}
    for each in everything:
        name = "/".join(filter(None, [each.get("group"), each["name"]]))
        names[each.get("bom-ref")] = name
        digests = sorted(f"{h['alg']}:{h['content']}" for h in each.get("hashes", []))
        fields = [each["type"], name, each.get("version", ""), each.get("purl", "")]
        lines.append("\t".join([*fields, ",".join(digests), ";".join(licences(each))]))
    edges = [
        f"{names[one['ref']]}\t->\t{names[to]}"
        for one in document.get("dependencies", []) for to in one.get("dependsOn", [])
        if one["ref"] in names and to in names
    ]
    return sorted(lines) + sorted(edges)


def of_spdx(document: Document) -> list[str]:
    lines, names = [], {}
    for each in document.packages:
        names[each.spdx_id] = each.name
        purls = [one.locator for one in each.external_references if one.reference_type == "purl"]
        digests = sorted(f"{str(one.algorithm.name).replace('SHA', 'SHA-')}:{one.value}" for one in each.checksums)
        kind = "container" if each.primary_package_purpose == PackagePurpose.CONTAINER else "library"
        lines.append("\t".join([kind, each.name, each.version, *(purls or [""]), ",".join(digests), ""]))
    edges = []
    for one in document.relationships:
        ends = [names.get(one.spdx_element_id), names.get(one.related_spdx_element_id)]
        if None not in ends:
            is_reversed = one.relationship_type == RelationshipType.DEPENDENCY_OF
            edges.append("\t->\t".join(reversed(ends) if is_reversed else ends))
    return sorted(lines) + sorted(edges)


def main() -> None:
    folder = pathlib.Path(sys.argv[1])
    folder.mkdir(parents=True, exist_ok=True)
    cyclonedx_py(folder)
    spdx(folder)
    croissant(folder)
    if len(sys.argv) > 2:
        npm(folder, pathlib.Path(sys.argv[2]))
    for path in sorted(folder.iterdir()):
        if path.name.endswith(".cdx.json"):
            lines = of_cyclonedx(json.loads(path.read_text()))
        elif path.name.startswith("tools-") and not path.name.endswith(".expected"):
            lines = of_spdx(spdx_document(f"SPDX-{path.name[6:9]}"))
        elif path.name.endswith(".croissant.json"):
            lines = of_croissant(path)
        else:
            continue
        (folder / f"{path.name}.expected").write_text("".join(f"{line}\n" for line in lines))


if __name__ == "__main__":
    main()
