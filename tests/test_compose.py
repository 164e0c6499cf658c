"""The container files, which cannot be run here, held against the program: commands, names, files, paths."""

from __future__ import annotations

import json
import re
import shlex
from pathlib import Path
from typing import Any

import pytest
import yaml

from app.cli import main as cli
from app.gateway.gateway import ROUTES
from app.gateway.options import GatewayOptions
from app.paths import user_paths
from app.services.settings.schema import AppConfig
from app.services.shared_database.place import place_of

PACKAGING = Path(__file__).resolve().parent.parent / "packaging"
GATEWAYS = ("gateway-1", "gateway-2")
VARIABLES = {"TEAM_HOST": "models.example.com", "POSTGRES_PASSWORD": "a", "REDIS_PASSWORD": "b", "GATEWAY_TOKEN": "c"}


@pytest.fixture
def compose() -> dict[str, Any]:
    """The file as compose reads it, with values for its variables."""
    text = (PACKAGING / "compose.yaml").read_text(encoding="utf-8")
    assert set(re.findall(r"\$\{(\w+)\}", text)) == set(VARIABLES)
    found: dict[str, Any] = yaml.safe_load(re.sub(r"\$\{(\w+)\}", lambda name: VARIABLES[name[1]], text))
    return found


def test_every_variable_stands_in_the_example_without_a_value_that_is_secret() -> None:
    lines = (PACKAGING / "env.example").read_text(encoding="utf-8").splitlines()
    told = dict(line.split("=", 1) for line in lines if line and not line.startswith("#"))
    assert set(told) == set(VARIABLES)
    assert not any(value for name, value in told.items() if name != "TEAM_HOST")


def test_the_gateways_start_with_arguments_that_the_program_takes(compose: dict[str, Any]) -> None:
    for name in GATEWAYS:
        service = compose["services"][name]
        arguments = cli._parser("serve").parse_args(service["command"])
        options = GatewayOptions(
            host=arguments.host, allow_lan=arguments.allow_lan, allowed_hosts=tuple(arguments.allowed_host)
        )
        options.check(has_token=bool(service["environment"]["AICA_GATEWAY_TOKEN"]))
        assert options.allowed_hosts == ("models.example.com",)
        assert service["hostname"] == name  # the name by which the balancer and Prometheus ask
        place = place_of(user_paths(), service["environment"]["DATABASE_URL"])
        assert place.name == "database:5432/aica"


def test_what_a_service_waits_for_mounts_and_talks_to_is_there(compose: dict[str, Any]) -> None:
    services = compose["services"]
    for service in services.values():
        for other in service.get("depends_on", ()):
            assert other in services
        for mount in service.get("volumes", ()):
            source = mount.partition(":")[0]
            assert (PACKAGING / source).exists() if source.startswith(".") else source in compose["volumes"]
        assert "build" in service or re.search(r":\d", service["image"]), "a version, so that it stays the same"
    environment = services[GATEWAYS[0]]["environment"]
    assert "@database/" in environment["DATABASE_URL"]
    assert "@counter:6379/" in environment["REDIS_URL"]
    published = [name for name, service in services.items() if service.get("ports")]
    assert published == ["balancer"], "nothing else can be reached from outside"


def test_the_balancer_knows_the_gateways_and_asks_whether_they_are_ready() -> None:
    text = (PACKAGING / "Caddyfile").read_text(encoding="utf-8")
    assert all(f"{name}:3000" in text for name in GATEWAYS)
    assert re.search(r"health_uri (\S+)", text)[1] in ROUTES  # type: ignore[index]
    assert "flush_interval -1" in text


def test_the_gateways_configuration_is_valid() -> None:
    AppConfig.model_validate(json.loads((PACKAGING / "gateway.json").read_text(encoding="utf-8")))


def test_the_image_is_made_of_files_that_are_there_and_starts_the_program() -> None:
    lines = (PACKAGING / "Dockerfile").read_text(encoding="utf-8").splitlines()
    copied = [shlex.split(line)[1] for line in lines if line.startswith("COPY")]
    assert all((PACKAGING.parent / source).exists() for source in copied)
    entry, command = (
        json.loads(next(x for x in lines if x.startswith(word))[len(word) :]) for word in ("ENTRYPOINT", "CMD")
    )
    assert entry == ["aica"]
    cli._parser("serve").parse_args(command)
    assert any(line.startswith("USER ") and line != "USER root" for line in lines)
