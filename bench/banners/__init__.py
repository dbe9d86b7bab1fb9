"""The banner beside others, measured in one run in a real browser."""
