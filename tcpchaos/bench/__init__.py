"""What the proxy costs: figures of this machine, each beside its baselines of the same run."""
