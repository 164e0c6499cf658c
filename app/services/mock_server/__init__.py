"""The one simulator: an LM Studio without a model, over real HTTP on loopback."""

from app.services.mock_server.script import Fault, Script
from app.services.mock_server.server import MockServer
from app.services.mock_server.stats import RecordedRequest, Stats

__all__ = ["Fault", "MockServer", "RecordedRequest", "Script", "Stats"]
