"""Starts moto as a service that speaks S3, with buckets that fail on purpose, and runs a command beside it.

s3.py COMMAND...: the command finds the service in CHAINWRIGHT_S3_ENDPOINT and the AWS_ variables.

busy: every third request is answered with 503. lost: every fourth write is done and answered with 500. cut: every fourth
write is done, and the connection is closed without an answer. In all of them one request is done after the other, so that
conditions hold as they do in S3 itself.
"""

import os
import socket
import subprocess
import sys
import threading
from collections import Counter

import boto3
from moto.server import DomainDispatcherApplication, create_backend_app
from werkzeug.serving import make_server

BUCKETS = ["plain", "busy", "lost", "cut"]


class Service:
    def __init__(self):
        self.inner = DomainDispatcherApplication(create_backend_app)
        self.lock = threading.Lock()
        self.requests = Counter()
        self.writes = Counter()
        self.is_ready = False

    def __call__(self, environ, start_response):
        bucket = environ["PATH_INFO"].split("/")[1]
        with self.lock:
            if not self.is_ready:
                return list(self.inner(environ, start_response))
            self.requests[bucket] += 1
            if bucket == "busy" and self.requests[bucket] % 3 == 0:
                start_response("503 Service Unavailable", [("Content-Length", "0")])
                return []
            if environ["REQUEST_METHOD"] != "PUT" or bucket not in ("lost", "cut"):
                return list(self.inner(environ, start_response))
            self.writes[bucket] += 1
            if self.writes[bucket] % 4:
                return list(self.inner(environ, start_response))
            list(self.inner(environ, lambda *ignored: None))
        if bucket == "cut":
            environ["werkzeug.socket"].shutdown(socket.SHUT_RDWR)
        start_response("500 Internal Server Error", [("Content-Length", "0")])
        return []


def main():
    environment = dict(
        os.environ,
        AWS_ACCESS_KEY_ID="test",
        AWS_SECRET_ACCESS_KEY="test",
        AWS_REGION="us-east-1",
    )
    os.environ.update(environment)
    service = Service()
    server = make_server("127.0.0.1", 0, service, threaded=True)
    server.RequestHandlerClass.log = lambda *ignored: None
    threading.Thread(target=server.serve_forever, daemon=True).start()
    endpoint = f"http://127.0.0.1:{server.server_port}"
    client = boto3.client("s3", endpoint_url=endpoint, region_name="us-east-1")
    for bucket in BUCKETS:
        client.create_bucket(Bucket=bucket)
    service.is_ready = True
    environment.update(CHAINWRIGHT_S3_ENDPOINT=endpoint, AWS_ENDPOINT_URL=endpoint)
    ended = subprocess.run(sys.argv[1:], env=environment).returncode
    print(dict(service.requests), dict(service.writes), file=sys.stderr)
    sys.exit(ended)


main()
