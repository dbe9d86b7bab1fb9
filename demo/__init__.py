"""A demonstration shop and its visitors: what a newcomer sees, and what browser tests drive."""
