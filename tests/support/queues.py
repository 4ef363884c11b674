"""Our own queues, as settings name them."""

NAMES = (
    *("mail", "mail_reports", "jobs", "files", "webhooks"),
    *("mail_dead", "mail_reports_dead", "jobs_dead", "files_dead", "webhooks_dead", "schedules_dead"),
)
"""By what they carry; those of letters that were given up last."""
