"""The built-in engine: model files found on this computer, and llama.cpp in a child process that answers for them."""
