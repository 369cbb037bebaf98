"""Who may be contacted, when, and with what words."""
