"""What a screen reader finds: Chromium's accessibility tree of a part of the page, written as it would be read."""

import re
from typing import Any

from playwright.sync_api import Page

WHOLE = {"button", "link", "heading", "switch"}  # the name says everything, and what is inside repeats it
SILENT = {"generic", "none", "strong", "InlineTextBox", "LineBreak", "ListMarker"}
LABEL = "LabelText"  # read as the name of its control, and not once more
STATES = {"checked": {"true": "on", "false": "off"}, "focused": {"true": "focus"}}
ID = re.compile(r"[0-9a-f]{8}-[0-9a-f-]{27}")

Node = dict[str, Any]


def read_aloud(page: Page, selector: str) -> list[str]:
    """The lines of one element, indented by depth; ids are left out, because each is random."""
    session = page.context.new_cdp_session(page)
    session.send("Accessibility.enable")
    nodes: list[Node] = session.send("Accessibility.getFullAXTree")["nodes"]
    document = session.send("DOM.getDocument")["root"]["nodeId"]
    element = session.send("DOM.querySelector", {"nodeId": document, "selector": selector})["nodeId"]
    described = session.send("DOM.describeNode", {"nodeId": element})["node"]["backendNodeId"]
    session.detach()
    known = {node["nodeId"]: node for node in nodes}
    (root,) = [node for node in nodes if node.get("backendDOMNodeId") == described]
    return [ID.sub("…", line) for line in _lines(root, known, 0)]


def _lines(node: Node, known: dict[str, Node], depth: int) -> list[str]:
    role = node.get("role", {}).get("value", "")
    silent = node["ignored"] or role in SILENT or role == LABEL
    lines = [] if silent else [f"{'  ' * depth}{_said(node, role)}"]
    if role in WHOLE or role == "StaticText":
        return lines
    inside = [known[child] for child in node.get("childIds", []) if child in known]
    told = [line for child in inside for line in _lines(child, known, depth + (not silent))]
    return [line for line in lines + told if line.strip() and (role != LABEL or line.lstrip().startswith("switch"))]


def _said(node: Node, role: str) -> str:
    name = node.get("name", {}).get("value", "")
    if role == "StaticText":
        return str(name).strip()
    states = [
        STATES[one["name"]].get(str(one["value"].get("value")).lower(), "")
        for one in node.get("properties", [])
        if one["name"] in STATES
    ]
    return ", ".join(filter(None, [f"{role}: {name}" if name else role, *states]))
