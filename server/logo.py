"""The owner's logo: an SVG file, checked, as the tree of plain shapes that the script draws by itself."""

import re
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

from suostumus.server.tables import SettingsError

MOST_BYTES = 4096
NAMESPACE = "{http://www.w3.org/2000/svg}"
SHAPES = {"g", "path", "rect", "circle", "ellipse", "line", "polyline", "polygon"}
UNSEEN = {"title", "desc", "metadata"}
ATTRIBUTES = (
    {"d", "points", "x", "y", "x1", "y1", "x2", "y2", "cx", "cy", "r", "rx", "ry", "width", "height", "transform"}
    | {"fill", "fill-opacity", "fill-rule", "opacity", "stroke", "stroke-opacity", "stroke-width"}
    | {"stroke-linecap", "stroke-linejoin", "stroke-miterlimit", "stroke-dasharray"}
)
PLAIN = re.compile(r"[\w\s.,#%()+-]*")

Drawing = list[Any]  # [tag, attributes, children that are such lists again]


def read_logo(place: str, path: Path) -> Drawing:
    """The logo as the script wants it. Raises SettingsError, which begins with the key `place`."""
    try:
        content = path.read_bytes()
    except OSError as error:
        raise SettingsError(f"{place}: {error.strerror}") from error
    if len(content) > MOST_BYTES:
        raise SettingsError(f"{place}: larger than {MOST_BYTES} bytes, and every visitor would load it")
    try:
        text = content.decode()
    except UnicodeDecodeError as error:
        raise SettingsError(f"{place}: not UTF-8") from error
    if "<!" in re.sub(r"<!--.*?-->", "", text, flags=re.DOTALL):
        raise SettingsError(f"{place}: declares a document type or entities")
    try:
        root = ElementTree.fromstring(text)  # noqa: S314 -- without declarations no entity can grow
    except ElementTree.ParseError as error:
        raise SettingsError(f"{place}: not XML") from error
    if root.tag != f"{NAMESPACE}svg":
        raise SettingsError(f"{place}: not an SVG file")
    return ["svg", {"viewBox": _view_box(place, root)}, _children(place, root)]


def _view_box(place: str, root: ElementTree.Element) -> str:
    box = root.get("viewBox") or f"0 0 {root.get('width', '')} {root.get('height', '')}"
    if not re.fullmatch(r"-?[\d.]+([ ,]+-?[\d.]+){3}", box):
        raise SettingsError(f"{place}: no viewBox")
    return box


def _children(place: str, parent: ElementTree.Element) -> list[Drawing]:
    return [_shape(place, child) for child in parent if child.tag.removeprefix(NAMESPACE) not in UNSEEN]


def _shape(place: str, element: ElementTree.Element) -> Drawing:
    tag = element.tag.removeprefix(NAMESPACE)
    if tag not in SHAPES:
        raise SettingsError(f"{place}: an element other than {', '.join(sorted(SHAPES))}")
    if "style" in element.attrib:
        raise SettingsError(f"{place}: a style, which strict policies forbid: use attributes such as fill")
    attributes = {name: value for name, value in element.attrib.items() if name in ATTRIBUTES}
    for name, value in attributes.items():
        if not PLAIN.fullmatch(value) or "url" in value:
            raise SettingsError(f"{place}: {name} is no plain value")
    return [tag, attributes, _children(place, element)]
