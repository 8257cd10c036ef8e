"""What each look at a question finds unread."""
