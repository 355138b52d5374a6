"""Case files of credits, invented, and what scores them; must not be read by the package."""
