"""The table of the gateway's requests."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import Qt

from app.desktop.models.gateway_requests_model import Column, GatewayRequestsModel, RequestRow


def row(number: int, **more: Any) -> RequestRow:
    facts: dict[str, Any] = {
        "request_id": f"req_{number}", "at": float(number), "method": "POST", "path": "/v1/chat/completions",
        "token": "editor", "provider": "LM Studio", "model": "coder", "status": 200, "error": "",
        "input_tokens": 12, "output_tokens": None, "first_byte_ms": 340.0, "took_ms": 2_100.0,
    }  # fmt: skip
    return RequestRow(**{**facts, **more})


def numbers(model: GatewayRequestsModel) -> list[str]:
    return [model.index(place, 0).data(Qt.ItemDataRole.ToolTipRole)[-1] for place in range(model.rowCount())]


def test_model_keeps_the_rules_of_qt_item_models(qtmodeltester: Any) -> None:
    model = GatewayRequestsModel()
    model.set_rows([row(2), row(1, simulated=True, model="")])
    qtmodeltester.check(model)


def test_new_requests_come_on_top_and_the_oldest_leave_without_a_reset(qtbot: Any) -> None:
    model = GatewayRequestsModel()
    model.set_rows([row(3), row(2), row(1)])
    with qtbot.waitSignals([model.rowsInserted, model.rowsRemoved]), qtbot.assertNotEmitted(model.modelReset):
        model.set_rows([row(5), row(4), row(3)])
    assert numbers(model) == ["5", "4", "3"]


def test_the_list_of_another_gateway_begins_anew(qtbot: Any) -> None:
    model = GatewayRequestsModel()
    model.set_rows([row(2), row(1)])
    with qtbot.waitSignal(model.modelReset):
        model.set_rows([])
    with qtbot.waitSignal(model.modelReset):
        model.set_rows([row(7)])
    assert numbers(model) == ["7"]


def test_what_is_not_known_is_not_a_number() -> None:
    model = GatewayRequestsModel()
    model.set_rows([row(1), row(2, input_tokens=None, model="", error="model_not_found", status=404)])
    texts = [model.index(0, column).data() for column in Column]
    assert texts[Column.TOKENS] == "12 / ?"
    assert texts[Column.FIRST_BYTE] == "340 ms"
    failed = [model.index(1, column).data() for column in Column]
    assert failed[Column.TOKENS] == ""
    assert failed[Column.MODEL] == "POST /v1/chat/completions"
    assert failed[Column.STATUS] == "404 model not found"
