"""A fake `ollama`: `serve` answers `/api/version` at OLLAMA_HOST until it is ended.

Behaviour: `refuses` = a last word on stderr and exit 1, as when the port is taken; `mute` = runs without listening.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from tests.fakes.programs import FakeProgram, install

_SOURCE = r"""
import http.server
if arguments != ["serve"]:
    sys.exit(2)
if "refuses" in behaviour:
    print(behaviour["refuses"], file=sys.stderr)
    sys.exit(1)
if behaviour.get("mute"):
    time.sleep(600)

class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        body = b'{"version": "0.32.9"}'
        self.send_response(200); self.send_header("Content-Length", str(len(body))); self.end_headers()
        self.wfile.write(body)
    def log_message(self, *a): pass

host, _, port = os.environ["OLLAMA_HOST"].rpartition(":")
print("listening", flush=True)
http.server.HTTPServer((host.replace("localhost", "127.0.0.1"), int(port)), Handler).serve_forever()
"""


def install_ollama(folder: Path, **behaviour: Any) -> FakeProgram:
    return install(folder, "ollama", _SOURCE, **behaviour)
