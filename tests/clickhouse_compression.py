"""The encodings in which ClickHouse's HTTP interface takes requests and gives answers."""

import gzip
import zlib
from collections.abc import Callable

import brotli
import lz4.frame
from backports import zstd

ENCODINGS: dict[str, tuple[Callable[[bytes], bytes], Callable[[bytes], bytes]]] = {
    "lz4": (lz4.frame.compress, lz4.frame.decompress),
    "zstd": (zstd.compress, zstd.decompress),
    "br": (brotli.compress, brotli.decompress),
    "gzip": (gzip.compress, gzip.decompress),
    "deflate": (zlib.compress, zlib.decompress),
}


def compress(content: bytes, encoding: str) -> bytes:
    """The content in the encoding that a client asked for."""
    return ENCODINGS[encoding][0](content) if encoding in ENCODINGS else content


def decompress(content: bytes, encoding: str) -> bytes:
    """The content of a request."""
    return ENCODINGS[encoding][1](content) if encoding in ENCODINGS else content
