"""What `llama-server` looks like from outside, with the real engine inside: its arguments, environment and words."""

import argparse
import os
import sys
import threading

import xllamacpp

parser = argparse.ArgumentParser()
parser.add_argument("--host", required=True)
parser.add_argument("--port", type=int, required=True)
parser.add_argument("-c", dest="context", type=int, required=True)
parser.add_argument("-np", dest="parallel", type=int, required=True)
parser.add_argument("-m", dest="model", required=True)
parser.add_argument("-b", dest="batch", type=int)
parser.add_argument("-ngl", dest="gpu_layers", type=int)
options = parser.parse_args()
parameters = xllamacpp.CommonParams()
parameters.model.path = options.model
parameters.n_ctx = options.context
parameters.n_parallel = options.parallel
if options.batch is not None:
    parameters.n_batch = options.batch
parameters.hostnames = [options.host]
parameters.port = options.port
parameters.api_keys = [os.environ["LLAMA_API_KEY"]]
parameters.verbosity = 1
server = xllamacpp.Server(parameters)
sys.stderr.write(f"main: server is listening on {server.listening_address} - starting the main loop\n")
sys.stderr.flush()
threading.Event().wait()
