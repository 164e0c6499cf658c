"""llama.cpp's own HTTP server in a process of its own; prints its address and ends when its input closes.

Usage: `python -m tests.end_to_end.llama_child '{"model": PATH, "n_ctx": 512, "api_key": ""}'`
"""

from __future__ import annotations

import json
import sys

import xllamacpp


def main() -> None:
    wanted = json.loads(sys.argv[1])
    params = xllamacpp.CommonParams()
    params.model.path = wanted["model"]
    params.n_ctx = wanted.get("n_ctx", 512)
    params.n_parallel = 1
    params.n_gpu_layers = 0
    params.cpuparams.n_threads = 1
    params.warmup = False
    params.endpoint_slots = True
    params.verbosity = 0
    if wanted.get("api_key"):
        params.api_keys = [wanted["api_key"]]
    server = xllamacpp.Server(params)
    print(server.listening_address, flush=True)
    sys.stdin.read()
    del server


if __name__ == "__main__":
    main()
