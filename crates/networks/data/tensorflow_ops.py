"""Writes tensorflow_ops.tsv: every operator that a release of TensorFlow registers, and the releases that have it.

    python tensorflow_ops.py RELEASE=SOURCE ... < tensorflow_ops.tsv > tensorflow_ops.new

SOURCE is a wheel (`tensorflow-1.4.0-….whl`: the generated wrappers `gen_*.py` in it are read, nothing is run), or an
`OpList` that a release wrote of itself:

    from tensorflow.python.client import pywrap_tf_session as session
    open("ops.bin", "wb").write(session.TF_GetBuffer(session.TF_GetAllOpList()))

Releases are given oldest first. Operators of `tensorflow.contrib` are part of the wheels of 1.x and are listed with
them. Columns: name, first release, last release, and `plain` where somebody has looked at the arguments of its
definition and found that they reach nothing outside the graph. That column is kept from the table on standard input; an
operator that is new gets `-` and counts as unknown until it was looked at. What the others reach is in tensorflow_effects.tsv.
"""

import re
import sys
import zipfile

CALL = re.compile(rb'(?:apply_op(?:_helper)?|TFE_Py_FastPathExecute)\(\s*(?:_ctx(?:\._context_handle,\s*tld\.device_name)?,\s*)?"([A-Za-z0-9_>]+)"')
LISTED = re.compile(rb'^# op \{\n#   name: "([A-Za-z0-9_>]+)"', re.M)


def of_wheel(path):
    names = set()
    with zipfile.ZipFile(path) as wheel:
        for member in wheel.namelist():
            if re.search(r"/gen_[^/]*\.py$", member):
                text = wheel.read(member)
                names.update(CALL.findall(text), LISTED.findall(text))
    return {name.decode() for name in names}


def varint(data, at):
    value = shift = 0
    while True:
        byte = data[at]
        at += 1
        value |= (byte & 127) << shift
        shift += 7
        if byte < 128:
            return value, at


def of_list(path):
    data, at, names = open(path, "rb").read(), 0, set()
    while at < len(data):
        assert data[at] == 0x0A  # OpList.op
        size, at = varint(data, at + 1)
        assert data[at] == 0x0A  # OpDef.name comes first
        length, start = varint(data, at + 1)
        names.add(data[start : start + length].decode())
        at += size
    return names


plain = {line.split("\t")[0] for line in sys.stdin if line.rstrip().endswith("\tplain")}
seen = {}
for argument in sys.argv[1:]:
    release, source = argument.split("=", 1)
    for name in of_wheel(source) if source.endswith(".whl") else of_list(source):
        seen.setdefault(name, []).append(release)
print("# name\tfirst release\tlast release\t`plain` if its arguments reach nothing outside the graph; written by tensorflow_ops.py")
for name in sorted(seen, key=lambda name: name.encode()):
    print(name, seen[name][0], seen[name][-1], "plain" if name in plain else "-", sep="\t")
