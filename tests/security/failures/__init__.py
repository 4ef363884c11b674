"""How other CRMs and mail systems were broken, each as a check of the edge of ours that would have been hit."""

from tests.security.failures import jobs, lists, mails, outbound, rights, templates

MODULES = (rights, templates, mails, outbound, lists, jobs)
