"""What the tools stand on: the Lofty client, the policy, the outbox."""
