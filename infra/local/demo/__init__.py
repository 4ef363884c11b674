"""Real purchases sent through a running CRM, and a demo shop to look at."""
