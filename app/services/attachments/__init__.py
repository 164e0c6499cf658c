"""Files that go with a prompt: what may be attached, and what a model reads of it."""
