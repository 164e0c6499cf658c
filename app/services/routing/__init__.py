"""Auto: which model a prompt goes to, and why. Evidence in, a proposal out; nothing here asks a model."""
