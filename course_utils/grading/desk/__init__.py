"""What a teacher sees: the run of ``course grade``, points and words, pages, tables."""
