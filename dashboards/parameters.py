"""Long values as parameters that ClickHouse takes."""

from collections.abc import Iterable, Iterator

MOST_BYTES = 30_000
"""Over HTTP a field of more than 131,072 is refused (http_max_field_value_size). Escaping may make one four times as
long: first as a text of a list, then as a parameter."""


def in_parts(texts: Iterable[str]) -> Iterator[list[str]]:
    """The texts in lists, each of which fits one parameter, with room for quotes and commas."""
    part: list[str] = []
    taken = 0
    for text in texts:
        size = len(text.encode()) + len("'',")
        if part and taken + size > MOST_BYTES:
            yield part
            part, taken = [], 0
        part.append(text)
        taken += size
    if part:
        yield part
