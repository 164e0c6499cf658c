"""One prompt asked of several models: who answers when, what came, how fast, and which is better."""
