"""Links to chats: only what is exactly one is one."""

from __future__ import annotations

import pytest

from app.services.conversations.chat_links import ChatLink, claims_to_be_link, parse_link

UID = "0123456789abcdef" * 2


def test_a_link_is_read_as_it_is_written() -> None:
    for link in (ChatLink(UID), ChatLink(UID, 7), ChatLink(UID, 10**17)):
        assert parse_link(str(link)) == link
    assert str(ChatLink(UID, 7)) == f"aica://chat/{UID}#7"


@pytest.mark.parametrize(
    "text",
    [
        "", "aica:", "aica://chat/", f"aica://chat/{UID[:-1]}", f"aica://chat/{UID}0", f"aica://chat/{UID.upper()}",
        f"aica://chat/{UID}#", f"aica://chat/{UID}#0", f"aica://chat/{UID}#-1", f"aica://chat/{UID}#1e3",
        f"aica://chat/{UID}#{'9' * 19}", f"aica://chat/{UID}#١", f"aica://chat/{UID}\n", f" aica://chat/{UID}",
        f"aica://chat/{UID}?run=1", f"aica://chat/{UID}/../x", f"aica://run/{UID}", f"AICA://chat/{UID}",
        f"aica://user@chat/{UID}", f"http://chat/{UID}", f"aica://chat/{UID}#1;ls", f"aica://chat/{UID}\0",
        f"--home=/tmp aica://chat/{UID}", "aica://chat/" + "0" * 10_000,
    ],
)  # fmt: skip
def test_E13_whatever_else_is_handed_in_is_no_link(text: str) -> None:
    assert parse_link(text) is None


def test_what_has_the_scheme_claims_to_be_a_link() -> None:
    assert claims_to_be_link("aica:anything") and claims_to_be_link("AICA://x")
    assert not claims_to_be_link("aicax://") and not claims_to_be_link("")
