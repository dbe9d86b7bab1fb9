"""What to show an analyst: metrics, dimensions and panels. Opens no connection."""
