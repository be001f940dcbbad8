"""What runs in the sandbox; it imports nothing of the grading outside."""
