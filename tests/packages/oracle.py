"""Asks the real libraries about versions, specifiers, requirements and markers, and writes down their answers.

Usage: oracle.py CASES.jsonl [--legacy FOLDER] [--count N]

Every line is one case with the library's answer. The seed is fixed, so the same libraries write the same file.
`crates/packages/tests/it/oracle.rs` gives its own answers and must agree with all of them.
"""

import argparse
import importlib.util
import json
import random
import re
import shutil
import subprocess
import sys
from pathlib import Path

from packaging.markers import InvalidMarker, Marker, UndefinedComparison, UndefinedEnvironmentName
from packaging.requirements import InvalidRequirement, Requirement
from packaging.specifiers import InvalidSpecifier, SpecifierSet
from packaging.version import InvalidVersion, Version

RANDOM = random.Random(20261122)
pick = RANDOM.choice


def chance(percent):
    return RANDOM.random() * 100 < percent


def number():
    roll = RANDOM.random()
    if roll < 0.75:
        return str(RANDOM.randint(0, 4))
    if roll < 0.95:
        return str(RANDOM.randint(0, 30))
    return pick(["007", "00", "20231122", "18446744073709551615", "18446744073709551616", "9" * 30])


def pep440(local=True, wild=False):
    text = pick(["", "", "", "", "", "v", "V"])
    if chance(4):
        text += number() + "!"
    text += ".".join(number() for _ in range(pick([1, 1, 2, 2, 3, 3, 3, 4, 5])))
    if wild and chance(25):
        return text + ".*"
    separator = lambda: pick(["", "", "", ".", "-", "_"])
    if chance(25):
        text += separator() + pick(["a", "b", "c", "rc", "alpha", "beta", "pre", "preview", "RC", "A"]) + separator()
        text += pick(["", number()])
    if chance(18):
        if chance(30):
            text += "-" + number()
        else:
            text += separator() + pick(["post", "rev", "r", "POST"]) + separator() + pick(["", number()])
    if chance(15):
        text += separator() + pick(["dev", "DEV"]) + separator() + pick(["", number()])
    if local and chance(15):
        text += "+" + pick([".", "-", "_"]).join(pick(["cu118", "cpu", "1", "2", "010", "abc", "CU12"]) for _ in range(pick([1, 1, 2, 3])))
    return text


def spoil(text, signs=" .-_+!*abcdevrpost0123456789~^,;()[]@=<>'\"éⅣ\t"):
    """One random change of a text."""
    if not text:
        return text
    at = RANDOM.randrange(len(text) + 1)
    kind = RANDOM.randrange(3)
    if kind == 0:
        return text[:at] + pick(signs) + text[at:]
    if kind == 1:
        return text[: max(0, at - 1)] + text[at:]
    return text[:at] + text[max(0, at - RANDOM.randrange(4)) :]


def maybe_spoiled(text, percent=12):
    return spoil(text) if chance(percent) else text


def versions(count):
    for _ in range(count):
        text = maybe_spoiled(pep440(), 30)
        try:
            normal = str(Version(text))
        except InvalidVersion:
            normal = None
        yield {"kind": "version", "text": text, "normal": normal}


def comparisons(count):
    for _ in range(count):
        left = pep440()
        right = near(left) if chance(50) else pep440()
        try:
            one, two = Version(left), Version(right)
        except InvalidVersion:
            continue
        yield {"kind": "compare", "ecosystem": "pypi", "left": left, "right": right, "order": (one > two) - (one < two)}


def near(text):
    """A version close to another one."""
    suffix = pick([".0", ".dev0", ".dev1", "a1", "rc1", ".post0", ".post1", "+cpu", "+1", "", "-1", ".1"])
    base = text.split("+")[0] if chance(50) else text
    return base + suffix


OPERATORS = ["==", "==", "!=", "<=", ">=", "<", ">", "~=", "==="]


def specifier():
    operator = pick(OPERATORS)
    version = pep440(local=operator in ("==", "!=", "===") or chance(5), wild=operator in ("==", "!=") or chance(3))
    return operator + pick(["", "", " ", "  "]) + version


def specifiers():
    return pick([",", ", ", " ,"]).join(specifier() for _ in range(pick([1, 1, 1, 2, 2, 3])))


def contained(count):
    for _ in range(count):
        text = maybe_spoiled(specifiers(), 8)
        bare = text.strip("=<>!~ ").split(",")[0].removesuffix(".*")
        version = (near(bare) if chance(60) else bare if chance(30) else pep440()).strip()
        try:
            parsed = SpecifierSet(text)
        except InvalidSpecifier:
            yield {"kind": "contains", "specifiers": text, "version": version, "answer": None}
            continue
        yield {
            "kind": "contains",
            "specifiers": text,
            "version": version,
            "answer": parsed.contains(version, prereleases=True),
            "final": parsed.contains(version, prereleases=False),
        }


VALUES = {
    "python_version": ["2.7", "3.6", "3.8", "3.9", "3.10", "3.12", "4.0"],
    "python_full_version": ["2.7.18", "3.8.10", "3.10.0", "3.12.4", "3.13.0rc1", "3.14.0a1+"],
    "os_name": ["posix", "nt", "java"],
    "sys_platform": ["linux", "win32", "darwin", "cygwin"],
    "platform_release": ["5.15.0-91-generic", "6.1.0", "10", "4.18.0-193.el8", ""],
    "platform_system": ["Linux", "Windows", "Darwin", ""],
    "platform_version": ["#1 SMP", "10.0.19041", ""],
    "platform_machine": ["x86_64", "aarch64", "arm64", "AMD64"],
    "platform_python_implementation": ["CPython", "PyPy"],
    "implementation_name": ["cpython", "pypy"],
    "implementation_version": ["3.12.4", "7.3.13"],
    "extra": ["", "gpu", "Dev-Tools", "dev_tools", "all"],
}
ALIASES = {"os_name": "os.name", "sys_platform": "sys.platform", "platform_version": "platform.version", "platform_machine": "platform.machine", "platform_python_implementation": "python_implementation"}


def marker_item():
    variable = pick(list(VALUES))
    value = pick(VALUES[variable]) if chance(85) else pick(["3.8 3.9", "linux,win32", "3.9.*", "weird", "1", "posixnt"])
    if variable == "extra":
        operator = pick(["==", "==", "!=", "in"])
    else:
        operator = pick(["==", "!=", "<", ">", "<=", ">=", "~=", "===", "in", "not in", "not  in"])
    shown = ALIASES.get(variable, variable) if chance(15) else variable
    quote = pick(["'", '"'])
    sides = [shown, quote + value + quote]
    if chance(15):
        sides.reverse()
    space = pick([" ", " ", "  ", "\t"])
    tight = operator[0] in "=!<>~" and chance(20)
    return sides[0] + ("" if tight else space) + operator + ("" if tight else space) + sides[1]


def marker_text(depth=2):
    parts = []
    for _ in range(pick([1, 1, 2, 2, 3])):
        if depth and chance(25):
            parts.append("(" + pick(["", " "]) + marker_text(depth - 1) + pick(["", " "]) + ")")
        else:
            parts.append(marker_item())
    joined = parts[0]
    for part in parts[1:]:
        joined += pick([" and ", " or ", "  or ", " and\t"]) + part
    return joined


def environment():
    return {name: pick(values) for name, values in VALUES.items()}


def evaluate(marker, values):
    try:
        return marker.evaluate(dict(values))
    except (UndefinedComparison, UndefinedEnvironmentName):
        return "unknown"


def markers(count):
    for _ in range(count):
        text = maybe_spoiled(marker_text())
        case = {"kind": "marker", "text": text, "environment": environment()}
        try:
            marker = Marker(text)
        except InvalidMarker:
            yield case | {"answer": "invalid"}
            continue
        if "\\" in text or any(name in text for name in ("extras", "dependency_groups")):
            continue
        yield case | {"answer": evaluate(marker, case["environment"])}


def requirement_text():
    text = pick(["torch", "Pillow", "ruamel.yaml", "a", "scikit_learn", "zope.interface", "x2", "foo-bar_"])
    text += pick(["", "", " "])
    if chance(20):
        text += "[" + pick([",", ", ", " , "]).join(pick(["gpu", "Dev", "a.b", "all_"]) for _ in range(pick([0, 1, 2]))) + "]" + pick(["", " "])
    if chance(15):
        text += pick(["@", " @ ", "@ "]) + pick(["https://example.org/x.whl", "git+https://example.org/a@main#egg=a", "file:///a/b", "x"])
        text += pick(["", " ", "\t"])
        if chance(30):
            text += pick(["; ", " ; ", ";"]) + marker_item()
        return text
    if chance(80):
        inner = specifiers()
        text += "(" + inner + ")" if chance(15) else pick(["", " "]) + inner
    if chance(5):
        text += ","
    if chance(35):
        text += pick([";", "; ", " ; "]) + marker_text(1)
    return text


def requirements(count):
    for _ in range(count):
        text = maybe_spoiled(requirement_text(), 25)
        case = {"kind": "requirement", "text": text}
        try:
            parsed = Requirement(text)
        except InvalidRequirement:
            yield case | {"answer": None}
            continue
        values = environment()
        yield case | {
            "environment": values,
            "answer": {
                "name": parsed.name,
                "extras": sorted(parsed.extras),
                "url": parsed.url,
                "specifiers": sorted({str(each) for each in parsed.specifier}),
                "marker": evaluate(parsed.marker, values) if parsed.marker else None,
            },
        }


def legacy_versions(folder, count):
    """`packaging` 21 under another name, since both cannot be imported at once."""
    program = (
        "import sys, json, warnings; warnings.simplefilter('ignore'); sys.path.insert(0, sys.argv[1])\n"
        "from packaging.version import parse, LegacyVersion\n"
        "def order(a, b): return (a > b) - (a < b)\n"
        "for line in sys.stdin:\n"
        "    a, b = json.loads(line); print(order(parse(a), parse(b)))\n"
    )
    pairs = []
    for _ in range(count):
        word = lambda: pick(["foo", "dev", "rc", "final", "pre", "preview", "c", "x", "cu118", "bulbasaur", "Z"])
        make = lambda: pick(["", number()]) + "".join(pick([".", "-", "", "_"]) + pick([word(), number()]) for _ in range(pick([1, 2, 3])))
        left = make()
        right = spoil(left) if chance(50) else make()
        if left.strip() and right.strip() and not any(space in left + right for space in " \t"):
            pairs.append((left, right))
    answers = subprocess.run(
        [sys.executable, "-I", "-c", program, str(folder)],
        input="".join(json.dumps(pair) + "\n" for pair in pairs), text=True, capture_output=True, check=True,
    ).stdout.split()
    for (left, right), order in zip(pairs, answers, strict=True):
        yield {"kind": "compare", "ecosystem": "pypi", "left": left, "right": right, "order": int(order)}


def semantic():
    text = ".".join(str(RANDOM.choice([0, 1, 2, 3, 10, 11, 9007199254740991 if chance(5) else 4])) for _ in range(3))
    if chance(45):
        text += "-" + ".".join(pick(["0", "1", "2", "10", "alpha", "beta", "rc", "x-y", "1a", "-"]) for _ in range(pick([1, 2, 3])))
    if chance(10):
        text += "+" + pick(["build", "001", "a.b"])
    return text


def npm_range():
    def part():
        numbers = [pick(["0", "1", "2", "3", "10"]) for _ in range(pick([1, 2, 3, 3, 3]))]
        if chance(20):
            numbers[-1] = pick(["x", "X", "*"])
        text = ".".join(numbers)
        if len(numbers) == 3 and chance(20):
            text += pick(["-alpha", "-rc.1", "-0", "-beta.2+b"])
        return pick(["", "", "", "v", "="]) + text if chance(10) else text

    def comparator():
        return pick(["", "", "^", "^", "~", "~>", ">", ">=", "<", "<=", "=", ">= ", "~ ", "^ "]) + part()

    def alternative():
        if chance(12):
            return part() + " - " + part()
        return " ".join(comparator() for _ in range(pick([1, 1, 1, 2])))

    return pick([" || ", "||"]).join(alternative() for _ in range(pick([1, 1, 1, 2]))) if chance(97) else pick(["", "*", "latest", "x"])


NODE = """
const semver = require(process.argv[1]);
for (const line of require('fs').readFileSync(0, 'utf8').split('\\n')) {
  if (!line) continue;
  const [kind, left, right] = JSON.parse(line);
  let answer = null;
  if (kind === 'compare') answer = semver.valid(left) && semver.valid(right) ? semver.compare(left, right) : null;
  else answer = semver.validRange(left) === null ? null : semver.satisfies(right, left);
  console.log(JSON.stringify(answer));
}
"""


def node(count):
    npm = shutil.which("npm")
    if not (npm and shutil.which("node")):
        print("node is not installed: no answers for npm", file=sys.stderr)
        return
    root = subprocess.run([npm, "root", "-g"], capture_output=True, text=True, check=True).stdout.strip()
    library = Path(root) / "npm/node_modules/semver"
    asked = [("compare", semantic(), semantic()) for _ in range(count)]
    ranges = [spoil(npm_range(), " .-=v<>~^x|0123") if chance(12) else npm_range() for _ in range(count)]
    # Node drops some signs that mean nothing where they stand: the first of two operators, a star beside digits, a
    # second build, a space after `v`. We refuse such ranges.
    dropped = re.compile(r"[~^]>?\s*[<>]|\d\*|\*\d|\+[\w.]*\+|\s\+|v\s")
    asked += [("range", each, semantic()) for each in ranges if not dropped.search(each)]
    answers = subprocess.run(
        ["node", "-e", NODE, str(library)], capture_output=True, text=True, check=True,
        input="".join(json.dumps(each) + "\n" for each in asked),
    ).stdout.split()
    for (kind, left, right), answer in zip(asked, map(json.loads, answers), strict=True):
        if kind == "compare":
            yield {"kind": "compare", "ecosystem": "npm", "left": left, "right": right, "order": answer}
        else:
            yield {"kind": "npm-range", "range": left, "version": right, "answer": answer}


def system(characters, words):
    return "".join(pick(words) if chance(30) else pick(characters) for _ in range(RANDOM.randint(1, 8)))


def changed(text, characters):
    at = RANDOM.randrange(len(text) + 1)
    return text[:at] + pick(characters) + text[at + RANDOM.randrange(2) :]


def debian(count):
    if not shutil.which("dpkg"):
        print("dpkg is not installed: no answers for Debian", file=sys.stderr)
        return
    for _ in range(count):
        make = lambda: pick(["", "", "", "1:", "0:"]) + pick("0123") + system("0123.+~-ab", ["ubuntu", "deb12", "rc", "10", "~~"])
        left = make()
        right = changed(left, "0123.+~-ab") if chance(60) else make()
        if right.startswith(("+", "-")):
            # dpkg reads the epoch of `-0:1` as zero; no package has a sign there.
            continue
        order = 0
        for operator, value in (("lt", -1), ("gt", 1)):
            answer = subprocess.run(["dpkg", "--compare-versions", left, operator, right], capture_output=True)
            if b"warning" in answer.stderr or b"error" in answer.stderr:
                order = None
                break
            if answer.returncode == 0:
                order = value
                break
        if order is not None:
            yield {"kind": "compare", "ecosystem": "deb", "left": left, "right": right, "order": order}


def rpm(count):
    if importlib.util.find_spec("rpm_vercmp") is None:
        print("rpm_vercmp is not installed: no answers for rpm", file=sys.stderr)
        return
    from rpm_vercmp import vercmp

    for _ in range(count):
        # A hyphen and a colon divide version, release and epoch and are no part of what is compared here; the library
        # is older than `^`, for which there are vectors in `crates/packages/tests/it/orders.rs`.
        left = pick("0123a") + system("0123.~_+abc", ["10", "rc", "git", "0001"])
        right = changed(left, "0123.~_+abc") if chance(60) else pick("0123a") + system("0123.~_+abc", ["10", "rc"])
        yield {"kind": "compare", "ecosystem": "rpm", "left": left, "right": right, "order": vercmp(left, right)}


def conda(count):
    if importlib.util.find_spec("rattler") is None:
        print("py-rattler is not installed: no answers for Conda", file=sys.stderr)
        return
    from rattler import Version as CondaVersion

    for _ in range(count):
        make = lambda: pick(["", "", "1!"]) + pick("0123") + system("0123..__abc", ["dev", "post", "rc", "10", "alpha", ".", "+1"])
        left = make()
        right = changed(left, "0123._ab") if chance(60) else make()
        try:
            one, two = CondaVersion(left), CondaVersion(right)
        except Exception:
            continue
        yield {"kind": "compare", "ecosystem": "conda", "left": left, "right": right, "order": (one > two) - (one < two)}


def main():
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("cases", type=Path)
    arguments.add_argument("--legacy", type=Path, help="folder with packaging 21")
    arguments.add_argument("--count", type=int, default=4000)
    asked = arguments.parse_args()
    count = asked.count
    groups = [versions(count), comparisons(count), contained(2 * count), markers(count), requirements(count)]
    groups += [node(count), debian(count // 4), rpm(count // 2), conda(count // 2)]
    if asked.legacy:
        groups.append(legacy_versions(asked.legacy, count // 2))
    written = 0
    with asked.cases.open("w", encoding="utf-8") as out:
        for group in groups:
            for case in group:
                out.write(json.dumps(case, ensure_ascii=False) + "\n")
                written += 1
    print(f"{written} cases")


if __name__ == "__main__":
    main()
