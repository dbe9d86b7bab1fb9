"""HTTP in, ClickHouse out: the consent gate, the event pipeline, the eraser and the pages."""
