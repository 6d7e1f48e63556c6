"""What people read belongs to what there is."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import yaml

FOLDER = Path(__file__).parent.parent / "custom_components" / "breakroom"


def load(name: str) -> dict[str, Any]:
    loaded: dict[str, Any] = json.loads((FOLDER / name).read_text("utf-8"))
    return loaded


def test_english_is_the_source() -> None:
    assert load("translations/en.json") == load("strings.json")


def test_every_action_has_texts_and_an_icon() -> None:
    described = yaml.safe_load((FOLDER / "services.yaml").read_text("utf-8"))
    texts = load("strings.json")["services"]
    assert described.keys() == texts.keys() == load("icons.json")["services"].keys()
    for action, description in described.items():
        assert description["fields"].keys() == texts[action]["fields"].keys()


@pytest.mark.parametrize("flow", ["config", "options"])
def test_dialogs_explain_each_field(flow: str) -> None:
    for step in load("strings.json")[flow]["step"].values():
        assert step["data"].keys() == step["data_description"].keys()
