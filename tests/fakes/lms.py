"""A fake `lms`: data on stdout, everything else on stderr, exit codes and oddities as the real one has them.

Behaviour (see `programs.FakeProgram.behave`):
    fails         server start fails with this text, exit 1, nothing is started
    lies          "up": starts the server but reports failure; "down": reports success without starting anything
    wake_s        seconds of "Waking up" before the server is there
    language      another language on stderr
    loaded        what `ps --json` lists; text instead of a list is printed as it is
    estimates     what `load --estimate-only` says, by the window asked for
    models        the folder that `import` links files into
    serves        (Python file, script): what is run, with the port, in place of a server that only greets
    status_port   the port `server status --json` reports instead of the real one

`load` and `get` act on the server at `status_port` through its REST, as the core behind both would; `lies` = "load":
success without a loaded model, "loaded": failure although it was loaded, "get": success without a download. With
`language` they speak none that a program could know.
"""

from __future__ import annotations

import os
import signal
from pathlib import Path
from typing import Any

from tests.fakes.programs import FakeProgram, install

_CHILD = Path(__file__).with_name("lm_studio_child.py")

_SOURCE = r'''
import http.server, signal, subprocess
state = here + ".server"
SERVER = """
import http.server, sys
class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        body = b'{"lmstudio":true}'
        self.send_response(200); self.send_header("Content-Length", str(len(body))); self.end_headers()
        self.wfile.write(body)
    def log_message(self, *a): pass
http.server.HTTPServer(("127.0.0.1", int(sys.argv[1])), Handler).serve_forever()
"""

def say(text):
    print(text, file=sys.stderr, flush=True)

def recorded():
    try:
        return json.load(open(state))
    except FileNotFoundError:
        return None

if arguments[:2] == ["server", "start"]:
    port = int(arguments[arguments.index("--port") + 1])
    say("Waking up LM Studio service...")
    time.sleep(behaviour.get("wake_s", 0))
    if "fails" in behaviour:
        say("\x1b[31m" + behaviour["fails"] + "\x1b[39m")
        sys.exit(1)
    if behaviour.get("lies") != "down":
        program = ["-I", "-c", SERVER, str(port)]
        if "serves" in behaviour:
            program = [behaviour["serves"][0], str(port), json.dumps(behaviour["serves"][1])]
        child = subprocess.Popen([sys.executable, *program], start_new_session=True,
                                 stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        json.dump({"pid": child.pid, "port": port}, open(state, "w"))
    if behaviour.get("lies") == "up":
        say("Failed to verify the server is running. Please try to use another port.")
        sys.exit(1)
    in_english = f"Success! Server is now running on port {port}"
    say("Erfolg! Der Server lauscht." if behaviour.get("language") else in_english)
elif arguments[:2] == ["server", "status"]:
    server = recorded()
    port = behaviour.get("status_port", server and server["port"])
    print(json.dumps({"running": bool(server), **({"port": port} if port else {})}))
elif arguments[:2] == ["server", "stop"]:
    server = recorded()
    if server is None:
        say("The server is not running.")
        sys.exit(1)
    if behaviour.get("lies") != "stopped":
        os.kill(server["pid"], signal.SIGKILL)
        os.unlink(state)
    say("Stopped the server on port %d." % server["port"])
elif arguments[:1] in (["load"], ["get"]) and "--estimate-only" not in arguments:
    import urllib.request
    def rest(path, **body):
        request = urllib.request.Request(f"http://127.0.0.1:{behaviour['status_port']}{path}",
                                         json.dumps(body).encode(), {"Content-Type": "application/json"})
        urllib.request.urlopen(request, timeout=10).read()
    name, lies = arguments[1], behaviour.get("lies")
    if "fails" in behaviour:
        say(behaviour["fails"])
        sys.exit(1)
    if arguments[0] == "load":
        for share in (7, 42, 99):
            print(f"\rLoading {name} {share}% \u2819", end="", flush=True)
            time.sleep(0.02)
        if lies != "load":
            rest("/api/v1/models/load", model=name)
    else:
        print("\r\u280b [##    ] 28.41% | 1.23 GB / 4.33 GB |  52.10 MB/s | ETA 00:59", end="", flush=True)
        if lies != "get":
            rest("/api/v1/models/download", model=name.partition("@")[0])
            rest("/api/v1/models/download", model=name.partition("@")[0])
    say("Fertig geladen." if behaviour.get("language") else "Model loaded successfully in 7.92s.")
    sys.exit(1 if lies == "loaded" else 0)
elif arguments[:1] == ["import"]:
    if "fails" in behaviour or "-y" not in arguments or "--user-repo" not in arguments:
        say(behaviour.get("fails", "It would ask a question here."))
        sys.exit(1)
    folder = os.path.join(behaviour["models"], *arguments[arguments.index("--user-repo") + 1].split("/"))
    target = os.path.join(folder, os.path.basename(arguments[1]))
    if os.path.exists(target):
        say("Target file already exists: " + target)
        sys.exit(1)
    os.makedirs(folder, exist_ok=True)
    os.link(arguments[1], target)
    say("File hard linked to " + target)
elif arguments == ["ps", "--json"]:
    loaded = behaviour.get("loaded", [])
    print(loaded if isinstance(loaded, str) else json.dumps(loaded))
elif arguments[:1] == ["load"] and "--estimate-only" in arguments:
    say("Model: " + arguments[1])
    say(behaviour.get("estimates", {}).get(arguments[arguments.index("-c") + 1], "This model is a riddle."))
else:
    say("error: unknown option")
    sys.exit(1)
'''


class FakeLms(FakeProgram):
    """`lms` in a home of its own; `close` ends the server it started."""

    def __init__(self, home: Path, **behaviour: Any) -> None:
        super().__init__(install(home / ".lmstudio" / "bin", "lms", _SOURCE, **behaviour).path)
        self.home = home

    def serve_simulated(self, **script: Any) -> None:
        """From now on it starts the simulated LM Studio, without a model but for those of the script."""
        self.behave(serves=[str(_CHILD), script])

    def write_settings(self, text: str) -> None:
        folder = self.home / ".lmstudio" / ".internal"
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "http-server-config.json").write_text(text, encoding="utf-8")

    def close(self) -> None:
        import json

        state = self.path.with_name(self.path.name + ".server")
        if state.exists():
            os.kill(json.loads(state.read_text(encoding="utf-8"))["pid"], signal.SIGKILL)
