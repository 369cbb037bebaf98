"""The journal of messages: drafted, approved by a person, sent once, evidenced."""
