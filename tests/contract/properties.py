"""Schemathesis against a real server: no 5xx, and no answer that docs/reference/openapi.json does not have.

usage: properties.py open|keys

open: on loopback without a key. keys: with an admin's key that has every scope.
HOLDFAST_BINARY, SCHEMATHESIS (its command) and HOLDFAST_CONTRACT come from ctest. HOLDFAST_PROPERTY_S: seconds (default
50). HOLDFAST_SEED repeats a run; where there is none, `./dev soak`'s HOLDFAST_FIRST_SEED, else a drawn one is told.
"""

import json
import os
import pathlib
import secrets
import signal
import subprocess
import sys
import tempfile
import time
import urllib.request

SCOPES = "admin,stock:read,stock:write,hold:write,order:write,feed:read,metrics"

CONFIGURATION = """
[[channels]]
id = "shop"
locations = ["berlin", "leeds"]
[[sinks]]
name = "erp"
type = "noop"
[[sinks]]
name = "shop"
type = "noop"
deliver = "stock"
channel = "shop"
mode = "observe"
[[sources]]
name = "wms"
type = "generic"
secrets = ["correct horse battery staple"]
signature = { scheme = "hmac-sha256", header = "x-signature", encoding = "hex" }
[sources.mapping]
id = "/id"
type = { constant = "stock.received" }
sku = "/item"
location = "/site"
quantity = "/qty"
occurred_at = "/at"
"""

CHECKS = [
    "no_server_error",
    "status_code_conformance",
    "content_type_conformance",
    "response_headers_conformance",
    "response_schema_conformance",
    "unsupported_method",
    "allow_header_conformance",
    "use_after_free",
    "problems_have_documented_codes",
]


# A signature is not drawn by chance; tests/judges makes them.
NEVER = {"receiveDelivery"}


class Server:
    """`holdfast serve` in a directory of its own, stopped by its id."""

    def __init__(self, directory, with_keys):
        self.directory = directory
        self.key = None
        config = directory / "holdfast.toml"
        config.write_text(CONFIGURATION)
        config.chmod(0o600)
        data, ports = directory / "data", directory / "ports"
        binary = os.environ["HOLDFAST_BINARY"]
        if with_keys:
            made = [binary, "key", "create", "--data-dir", data, "--name", "owner", "--scopes", SCOPES]
            self.key = subprocess.run(made, check=True, capture_output=True, text=True).stdout.strip()
        self.log = open(directory / "log", "w+")
        self.process = subprocess.Popen(
            [binary, "serve", "--listen", "127.0.0.1:0", "--data-dir", data, "--config", config, "--ports-file", ports],
            stdout=subprocess.DEVNULL,
            stderr=self.log,
        )
        while not ports.exists() or not ports.stat().st_size:
            if self.process.poll() is not None:
                sys.exit(f"the server has ended: {self.said()}")
            time.sleep(0.01)
        self.url = f"http://127.0.0.1:{json.loads(ports.read_text())['http']}"

    def said(self):
        self.log.seek(0)
        return self.log.read()

    def ask(self, method, target, body):
        headers = {"Content-Type": "application/json"}
        if self.key:
            headers["Authorization"] = f"Bearer {self.key}"
        request = urllib.request.Request(self.url + target, json.dumps(body).encode(), headers, method=method)
        with urllib.request.urlopen(request) as answer:
            return json.load(answer)

    def stock_up(self):
        """What the contract's examples speak of is there, so that they are more than 404."""
        self.ask("PUT", "/v1/channels/web", {"locations": ["berlin", "leeds"]})
        self.ask("PUT", "/v1/channels/pop-up", {"locations": ["leeds"]})
        counts = [{"type": "stock.counted", "location": place, "lines": [{"sku": sku, "counted": 1_000_000}
                   for sku in ("A", "B", "ABC-1")]} for place in ("berlin", "leeds")]
        self.ask("POST", "/v1/events", counts)
        self.ask("POST", "/v1/orders", {"channel": "web", "order": "1001", "lines": [{"sku": "A", "quantity": 2}]})

    def stop(self):
        """The exit code of an orderly end: 0 says that it still could."""
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(timeout=60)


def seed():
    for name in ("HOLDFAST_SEED", "HOLDFAST_FIRST_SEED"):
        if os.environ.get(name):
            return int(os.environ[name]) % 2**32
    return secrets.randbelow(2**31)


def seconds():
    soaking = "HOLDFAST_FIRST_SEED" in os.environ
    return os.environ.get("HOLDFAST_PROPERTY_S", "240" if soaking else "50")


def command(server, mode, drawn):
    run = [
        os.environ["SCHEMATHESIS"], "run", os.environ["HOLDFAST_CONTRACT"], "--url", server.url,
        "--checks", ",".join(CHECKS), "--seed", str(drawn), "--max-time", seconds(),
        "--continue-on-failure", "--request-timeout", "30", "--suppress-health-check", "all", "--no-color",
        "--warnings", "off", "--generation-database", "none",
    ]
    if mode == "keys":
        run[run.index("--checks") + 1] += ",ignored_auth"
        return run + ["--header", f"Authorization:Bearer {server.key}"]
    # from the first key on this server would answer nothing but 401
    return run + ["--exclude-operation-id", "createKey", "--exclude-operation-id", "deleteKey"]


def account(answers, mode):
    """How often each operation was answered in which class; False when one never succeeded: it was not really tried."""
    contract = json.loads(pathlib.Path(os.environ["HOLDFAST_CONTRACT"]).read_text())
    classes = {operation["operationId"]: [0] * 6 for item in contract["paths"].values() for operation in item.values()}
    for line in answers.read_text().splitlines():
        name, status = line.split()
        if name in classes:
            classes[name][int(status) // 100] += 1
    hollow = []
    for name, counts in classes.items():
        print(f"{name:24} 2xx {counts[2]:5}  4xx {counts[4]:5}  5xx {counts[5]:5}")
        if counts[2] == 0 and name not in NEVER and (mode == "keys" or name not in ("createKey", "deleteKey")):
            hollow.append(name)
    if hollow:
        print(f"never succeeded: {', '.join(hollow)}")
    return not hollow


def main():
    mode = sys.argv[1] if len(sys.argv) == 2 else ""
    if mode not in ("open", "keys"):
        sys.exit(__doc__)
    drawn = seed()
    print(f"HOLDFAST_SEED={drawn}", flush=True)
    with tempfile.TemporaryDirectory(prefix="holdfast-contract-") as name:
        server = Server(pathlib.Path(name), mode == "keys")
        server.stock_up()
        here = str(pathlib.Path(__file__).parent)
        answers = pathlib.Path(name) / "answers"
        environment = {**os.environ, "HOLDFAST_ANSWERS": str(answers), "HOLDFAST_URL": server.url,
                       "SCHEMATHESIS_HOOKS": "hooks", "PYTHONPATH": here, "NO_COLOR": "1"}
        if server.key:
            environment["HOLDFAST_AUTHORIZATION"] = f"Bearer {server.key}"
        found = subprocess.run(command(server, mode, drawn), env=environment, cwd=name).returncode
        ended = server.process.poll()
        stopped = server.stop() if ended is None else ended
        found = found or not account(answers, mode)
        if found or ended is not None or stopped:
            print(f"HOLDFAST_SEED={drawn}; the server's exit code is {stopped}; its last words:\n{server.said()[-4000:]}")
            sys.exit(1)


if __name__ == "__main__":
    main()
