"""Every limit of the wire, named, in one place (reliability rule 2). Reaching one gives a named error."""

from __future__ import annotations

CONNECT_TIMEOUT_S = 5.0
#: Tolerated silence between bytes once a stream runs, and for short calls.
SILENCE_TIMEOUT_S = 60.0
#: Local models may read a long prompt for minutes before the first token.
FIRST_TOKEN_TIMEOUT_LOCAL_S = 600.0
FIRST_TOKEN_TIMEOUT_CLOUD_S = 300.0
#: Comments and single bytes without one complete event do not count as progress for longer than this
#: many times the silence timeout (reliability A8).
PROGRESS_FACTOR = 5.0
LIST_TIMEOUT_S = 5.0
HEALTH_TIMEOUT_S = 2.0

MAX_EVENT_BYTES = 8 * 1024 * 1024
MAX_LINE_BYTES = 8 * 1024 * 1024
MAX_ANSWER_BYTES = 64 * 1024 * 1024
MAX_JSON_BODY_BYTES = 32 * 1024 * 1024
MAX_ERROR_BODY_BYTES = 64 * 1024
MAX_HEADER_BYTES = 64 * 1024
MAX_JSON_DEPTH = 128
#: Lists and objects of one JSON text, which take up to a hundred times the memory of their brackets.
MAX_JSON_CONTAINERS = 250_000
MAX_TOOL_CALLS = 128
MAX_TOOL_ARGUMENTS_BYTES = 4 * 1024 * 1024
MAX_UNREADABLE_EVENTS = 20
MAX_MODELS = 10_000
MAX_MODEL_ID_CHARACTERS = 512
MAX_PROMPT_BYTES = 64 * 1024 * 1024

MAX_RETRY_AFTER_S = 120.0
#: Models that Auto asks for one answer, one after the other.
AUTO_TRIES = 3
BACKOFF_FIRST_S = 0.5
BACKOFF_MAX_S = 8.0

#: Tokens. What LM Studio loads a model with that nobody loaded by hand, if nothing else is set there (4,096 or 8,192).
USUAL_SERVER_WINDOW = 4_096
