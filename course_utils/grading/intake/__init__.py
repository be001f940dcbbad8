"""What was handed in: found, read, mended, and made into jobs."""
