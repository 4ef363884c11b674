"""`crm`: the CRM from a terminal, over the same HTTP that every other client speaks. See docs/command-line.md."""
