"""The HTTP gateway: the core for programs that speak HTTP. `run.serve` starts it."""
