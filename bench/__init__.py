"""Measures the product against baselines of the same run. Figures are told, never asserted."""
