"""The verdicts of chainwright, PyPI's sigstore and npm's sigstore over bundles: published ones, ours, and changed ones of ours.

    verdicts.py CHAINWRIGHT VERDICTS STAND_IN NODE MODULES FOLDER [VECTORS]

CHAINWRIGHT is the program; VERDICTS and STAND_IN are the example of the crate `keyless` and the program of the crate
`stand-in`; NODE runs MODULES (node_modules with sigstore); FOLDER is emptied first; VECTORS holds the cases of
sigstore-conformance. Exit 0 if every verdict is as expected, or a difference is one that is explained here.
"""

import base64
import copy
import hashlib
import json
import pathlib
import shutil
import subprocess
import sys

import sigstore
from sigstore.models import Bundle, TrustedRoot
from sigstore.verify import Verifier, policy

BEACON = "https://github.com/sigstore-conformance/extremely-dangerous-public-oidc-beacon/.github/workflows/extremely-dangerous-oidc-beacon.yml@refs/heads/main"
GITHUB = "https://token.actions.githubusercontent.com"

# Where a tool differs from what a case expects, and why. docs/accuracy.md has the same list.
EXPLAINED = {
    ("Rekor 1: other signedTimestamp", "PyPI"): "passes over a timestamp that does not hold if the log states a time",
    ("intoto-with-custom-trust-root", "PyPI"): "takes the time of a log for entries of kind dsse and hashedrekord alone, and this one is of kind intoto",
    ("managed-key-and-trusted-root", "PyPI"): "has no verification by keys that the user names",
    ("managed-key-happy-path", "PyPI"): "has no verification by keys that the user names",
}


def text(path, otherwise):
    return path.read_text().strip() if path.exists() else otherwise


def published(folder, root):
    """The cases of the conformance suite."""
    for case in sorted(path for path in folder.iterdir() if path.is_dir()):
        own, key, artifact = case / "trusted_root.json", case / "key.pub", case / "artifact"
        yield {
            "name": case.name,
            "bundle": str(case / "bundle.sigstore.json"),
            "artifact": str(artifact if artifact.exists() else folder / "a.txt"),
            "root": str(own if own.exists() else root),
            "identity": text(case / "identity", BEACON),
            "issuer": text(case / "issuer", GITHUB),
            "key": str(key) if key.exists() else None,
            "expected": not case.name.endswith("_fail"),
        }


def of_python(case):
    """Whether PyPI's sigstore accepts a case; it has no keys but those of certificates."""
    verifier = Verifier(trusted_root=TrustedRoot.from_file(case["root"]))
    bundle = Bundle.from_json(pathlib.Path(case["bundle"]).read_bytes())
    who = policy.Identity(identity=case["identity"], issuer=case["issuer"])
    artifact = pathlib.Path(case["artifact"]).read_bytes()
    if bundle._dsse_envelope is None:
        verifier.verify_artifact(artifact, bundle, who)
        return
    _, payload = verifier.verify_dsse(bundle, who)
    digest = hashlib.sha256(artifact).hexdigest()
    subjects = json.loads(payload)["subject"]
    if not any(subject["digest"].get("sha256") == digest for subject in subjects):
        raise ValueError("no subject is the artifact")


def python_verdicts(cases):
    verdicts = {}
    for case in cases:
        try:
            of_python(case)
            verdicts[case["name"]] = (True, None)
        except Exception as error:  # Whatever it raises, it did not accept.
            verdicts[case["name"]] = (False, f"{type(error).__name__}: {error}")
    return verdicts


def other_verdicts(command, cases):
    lines = "".join(json.dumps(case) + "\n" for case in cases)
    done = subprocess.run(command, input=lines, capture_output=True, text=True, check=True)
    told = map(json.loads, done.stdout.splitlines())
    return {one["name"]: (one["accepted"], one["reason"]) for one in told}


def changed(good, other):
    """Bundles that nobody should accept, made from a good one and another of the same signer."""
    entry = ("verificationMaterial", "tlogEntries", 0)

    def put(path, value):
        bundle = copy.deepcopy(good)
        here = bundle
        for step in path[:-1]:
            here = here[step]
        if value is None:
            del here[path[-1]]
        else:
            here[path[-1]] = value
        return bundle

    def take(path):
        here = other
        for step in path:
            here = here[step]
        return here

    def flip(path):
        here = good
        for step in path:
            here = here[step]
        data = bytearray(base64.b64decode(here))
        data[len(data) // 2] ^= 1
        return put(path, base64.b64encode(data).decode())

    signature = ("dsseEnvelope", "signatures", 0, "sig")
    stamp = ("verificationMaterial", "timestampVerificationData", "rfc3161Timestamps", 0, "signedTimestamp")
    leaf = ("verificationMaterial", "certificate", "rawBytes")
    for path in [signature, ("dsseEnvelope", "payload"), leaf, stamp, entry, (*entry, "canonicalizedBody"), (*entry, "inclusionProof")]:
        yield "other " + str(path[-2 if path[-1] == 0 else -1]), put(path, take(path))
    for path in [signature, leaf, (*entry, "canonicalizedBody"), (*entry, "inclusionProof", "hashes", 0)]:
        yield "bit of " + str(path[-2 if path[-1] == 0 else -1]), flip(path)
    yield "no entries", put(("verificationMaterial", "tlogEntries"), [])
    yield "no inclusion proof", put((*entry, "inclusionProof"), None)
    yield "payload type", put(("dsseEnvelope", "payloadType"), "text/plain")
    yield "unknown version", put(("mediaType",), "application/vnd.dev.sigstore.bundle.v9+json")


def ours(arguments, folder):
    """Models signed here under an identity, with logs of both APIs, and changed copies of those signatures."""
    chainwright, stand_in = arguments[0], arguments[2]
    place = folder / "services"
    service = subprocess.Popen([stand_in, str(place)], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    assert service.stdout.readline() == b"ready\n"
    try:
        for api in (1, 2):
            bundles = {}
            for name in ("model", "other"):
                model = folder / f"{name}.{api}"
                model.mkdir()
                (model / "weights.bin").write_text(name)
                run(chainwright, folder, "sign", model, "--identity-token", place / "token", "--trusted-root", place / "trusted_root.json",
                    "--signing-config", place / f"signing_config.{api}.json")
                bundles[name] = json.loads((model / "model.sig").read_text())
            made = [("as it was signed", bundles["model"]), *changed(bundles["model"], bundles["other"])]
            for name, bundle in made:
                path = folder / f"{api} {name}.json".replace(" ", "-")
                path.write_text(json.dumps(bundle))
                statement = base64.b64decode(bundles["model"]["dsseEnvelope"]["payload"])
                yield {
                    "name": f"Rekor {api}: {name}",
                    "bundle": str(path),
                    # What the subject names is the root digest of a folder: these are the bytes that hash to it.
                    "artifact": str(root_bytes(folder, statement)),
                    "root": str(place / "trusted_root.json"),
                    "identity": "signer@example.com",
                    "issuer": "https://tokens.example.com",
                    "key": None,
                    "expected": name == "as it was signed",
                }
            reference(chainwright, folder, place, api)
    finally:
        service.stdin.close()
        service.wait()


def root_bytes(folder, statement):
    statement = json.loads(statement)
    data = b"".join(bytes.fromhex(one["digest"]) for one in statement["predicate"]["resources"])
    assert hashlib.sha256(data).hexdigest() == statement["subject"][0]["digest"]["sha256"]
    path = folder / hashlib.sha256(data).hexdigest()
    path.write_bytes(data)
    return path


def run(chainwright, folder, *arguments):
    done = subprocess.run([chainwright, *map(str, arguments)], capture_output=True, text=True, env={"HOME": str(folder)})
    assert done.returncode == 0, (arguments, done.stdout, done.stderr)


REFERENCE = []


def reference(chainwright, folder, place, api):
    """model-signing over what we signed, offline, with the same instance as its trust configuration."""
    from model_signing import verifying

    def judge(model, identity):
        config = verifying.Config().use_sigstore_verifier(
            identity=identity, oidc_issuer="https://tokens.example.com", trust_config=place / f"trust_config.{api}.json")
        try:
            config.verify(model, model / "model.sig")
            return True, None
        except Exception as error:  # Whatever it raises, it did not accept.
            return False, f"{type(error).__name__}: {error}"

    model = folder / f"model.{api}"
    REFERENCE.append((f"Rekor {api}", judge(model, "signer@example.com"), True))
    REFERENCE.append((f"Rekor {api}, another identity", judge(model, "other@example.com"), False))
    (model / "weights.bin").write_text("changed")
    REFERENCE.append((f"Rekor {api}, a changed file", judge(model, "signer@example.com"), False))
    (model / "weights.bin").write_text("model")


def main():
    arguments = [pathlib.Path(one).resolve() for one in sys.argv[1:]]
    chainwright, verdicts, stand_in, node, modules, folder = arguments[:6]
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    store = pathlib.Path(sigstore.__file__).parent / "_store/https%3A%2F%2Ftuf-repo-cdn.sigstore.dev/trusted_root.json"
    cases = list(ours((chainwright, verdicts, stand_in), folder))
    if len(arguments) > 6 and arguments[6].is_dir():
        cases += published(arguments[6], store)
    else:
        print("skipped: the published cases are not there")
    tools = {
        "chainwright": other_verdicts([verdicts], cases),
        "PyPI": python_verdicts(cases),
        "npm": other_verdicts([node, pathlib.Path(__file__).with_name("npm.js"), modules], cases),
    }
    wrong, differing = 0, 0
    print(f"{'case':62}{'expected':10}" + "".join(f"{tool:13}" for tool in tools))
    for case in cases:
        name, expected = case["name"], case["expected"]
        line = f"{name:62}{'accept' if expected else 'refuse':10}"
        for tool, told in tools.items():
            accepted, reason = told[name]
            mark = ""
            if accepted != expected:
                differing += 1
                mark = " *"
                if (name, tool) not in EXPLAINED:
                    wrong += 1
                    mark = " !"
                    print(f"! {name}: {tool} {'accepts' if accepted else f'refuses: {reason}'}")
            line += f"{('accept' if accepted else 'refuse') + mark:13}"
        print(line)
    for name, (accepted, reason), expected in REFERENCE:
        if accepted != expected:
            wrong += 1
            print(f"! model-signing, {name}: {reason}")
    expected = {case["name"]: case["expected"] for case in cases}
    unused = [key for key in EXPLAINED if key[0] in expected and tools[key[1]][key[0]][0] == expected[key[0]]]
    for key in unused:
        wrong += 1
        print(f"! explained but not there: {key}")
    print(f"{len(cases)} bundles, {len(tools)} verifiers, {differing} verdicts other than expected, {wrong} unexplained; "
          f"{len(REFERENCE)} models by model-signing")
    sys.exit(1 if wrong else 0)


main()
