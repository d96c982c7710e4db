"""Whole processes that verify one small model: the processor time of the median run, and the wall time of the fastest.

    identity.py CHAINWRIGHT OMS [RUNS]

OMS is the folder `oms` of the public data. The wall time of the fastest run is what the machine can do when nothing else runs on it.
"""

import os
import pathlib
import resource
import statistics
import subprocess
import sys
import tempfile
import time

chainwright, data = sys.argv[1], pathlib.Path(sys.argv[2])
runs = int(sys.argv[3]) if len(sys.argv) > 3 else 31
identity = ["--identity", "stefanb@us.ibm.com", "--issuer", "https://sigstore.verify.ibm.com/oauth2"]
commands = {
    "the program starts (`--version`)": ["--version"],
    "verify, key": ["verify", data / "v1.1.0-elliptic-key", "--key", data / "keys/signing-key-pub.pem", "--no-cache"],
    "verify, certificate": ["verify", data / "v1.1.0-certificate", "--certificate-roots", data / "keys/ca-cert.pem", "--no-cache"],
    "verify, identity of Sigstore": ["verify", data / "v1.1.0-sigstore", *identity, "--no-cache"],
}
print("| what | CPU ms | wall ms | peak MiB |\n| --- | ---: | ---: | ---: |")
with tempfile.TemporaryDirectory() as home:
    for name, arguments in commands.items():
        processor, wall = [], []
        for _ in range(runs):
            before, begun = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
            done = subprocess.run([chainwright, *map(str, arguments)], env={**os.environ, "HOME": home}, capture_output=True)
            wall.append(time.perf_counter() - begun)
            after = resource.getrusage(resource.RUSAGE_CHILDREN)
            processor.append(after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)
            assert done.returncode == 0, (name, done.stdout, done.stderr)
        print(f"| {name} | {1000 * statistics.median(processor):.1f} | {1000 * min(wall):.1f} | {after.ru_maxrss / 1024:.0f} |")
