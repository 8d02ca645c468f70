"""What is kept: cases as files that a person can read in a diff, where they lie, and how they are replayed."""
