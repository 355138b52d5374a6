"""The rooms that act on the world and decide nothing."""
