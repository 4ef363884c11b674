"""The environment, read once and typed. The only place that reads it."""

import os
import re
from functools import lru_cache
from zoneinfo import ZoneInfo

# What makes botocore look elsewhere for a service, and what makes it go to AWS in another way.
_OTHER_PLACE = frozenset(
    {
        *("AWS_CONFIG_FILE", "AWS_ENDPOINT_URL_DYNAMODB", "AWS_ENDPOINT_URL_SSM", "AWS_PROFILE"),
        "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS",
    }
)
_OTHER_WAY = frozenset(
    {
        *("ALL_PROXY", "HTTP_PROXY", "HTTPS_PROXY", "AWS_CA_BUNDLE"),
        *("AWS_USE_DUALSTACK_ENDPOINT", "AWS_USE_FIPS_ENDPOINT"),
    }
)
# The regions of the partition `aws` (botocore, partitions.json): others have other domains.
_USUAL_REGION = re.compile(r"(us|eu|ap|sa|ca|me|af|il|mx)-\w+-\d+")


class SettingMissing(RuntimeError):
    """A setting that this function needs is absent from its environment in `template.yaml`."""

    def __init__(self, name: str) -> None:
        super().__init__(f"environment variable {name} is not set; template.yaml gives it to the functions that use it")


class Settings:
    """What a deployment decides. Each function is given only the settings it uses, so each is looked up when used."""

    def __init__(self, environment: dict[str, str]) -> None:
        self._environment = environment

    def _required(self, name: str) -> str:
        try:
            return self._environment[name]
        except KeyError as missing:
            raise SettingMissing(name) from missing

    @property
    def crm_table(self) -> str:
        return self._required("CRM_TABLE")

    @property
    def views_table(self) -> str:
        return self._required("VIEWS_TABLE")

    @property
    def function_name(self) -> str:
        """What Lambda calls the function; it sets this by itself."""
        return self._environment.get("AWS_LAMBDA_FUNCTION_NAME", "none")

    @property
    def region(self) -> str:
        """Where the function runs; Lambda sets this by itself."""
        return self._environment.get("AWS_DEFAULT_REGION", "")

    def plain_address(self, service: str) -> str | None:
        """Where a service of AWS is; None where nothing less than all of botocore's rules can tell."""
        if "AWS_LAMBDA_RUNTIME_API" not in self._environment:
            # In somebody's test or shell, where botocore itself may be stood in for, as moto does.
            return None
        given = {name.upper() for name in self._environment}
        local = self._environment.get("AWS_ENDPOINT_URL", "")
        if given & _OTHER_PLACE or not _USUAL_REGION.fullmatch(self.region):
            return None
        if local.startswith("http://"):
            return local
        return None if local or given & _OTHER_WAY else f"https://{service}.{self.region}.amazonaws.com"

    @property
    def mail_queue_url(self) -> str:
        return self._required("MAIL_QUEUE_URL")

    @property
    def jobs_queue_url(self) -> str:
        return self._required("JOBS_QUEUE_URL")

    @property
    def files_bucket(self) -> str:
        return self._required("FILES_BUCKET")

    @property
    def files_queue_url(self) -> str:
        return self._required("FILES_QUEUE_URL")

    @property
    def webhooks_queue_url(self) -> str:
        return self._required("WEBHOOKS_QUEUE_URL")

    def queue_url(self, name: str) -> str:
        """The address of a queue by its name in the environment, such as `mail_dead`: letters that were given up."""
        return self._required(f"{name.upper()}_QUEUE_URL")

    @property
    def mail_reports_dead_queue_url(self) -> str:
        """Of SES's reports that could not be applied."""
        return self._required("MAIL_REPORTS_DEAD_QUEUE_URL")

    @property
    def staff_pool(self) -> str:
        """The user pool that staff sign in at; empty with an issuer of one's own."""
        return self._environment.get("STAFF_POOL", "")

    @property
    def staff_issuer(self) -> str:
        """Who says that somebody is of the staff: where `/.well-known/openid-configuration` stands."""
        return self._required("STAFF_ISSUER")

    @property
    def sender(self) -> str:
        """The From address of every mail."""
        return self._required("SENDER")

    @property
    def sender_identity(self) -> str:
        """The address or domain that SES has verified for the sender."""
        return self._environment.get("SENDER_IDENTITY") or self.sender

    @property
    def mailers(self) -> int:
        """How many mailers run at once at most; SES's sending rate is shared among them."""
        return int(self._environment.get("MAILERS", "1"))

    @property
    def configuration_set(self) -> str:
        return self._required("CONFIGURATION_SET")

    @property
    def public_url(self) -> str:
        """Base of the links in mails, without a slash at its end; never taken from a Host header.

        Empty in a function behind the API that has no address of its own: see `core.http.public_url`.
        """
        return self._required("PUBLIC_URL").rstrip("/")

    @property
    def signing_key_parameter(self) -> str:
        return self._required("SIGNING_KEY_PARAMETER")

    @property
    def business_name(self) -> str:
        return self._required("BUSINESS_NAME")

    @property
    def business_timezone(self) -> ZoneInfo:
        """Stands in for a customer's own zone when none is known."""
        return ZoneInfo(self._required("BUSINESS_TIMEZONE"))

    @property
    def business_language(self) -> str:
        return self._required("BUSINESS_LANGUAGE")

    @property
    def reporting_currency(self) -> str:
        """The one ISO 4217 currency in which `facts.spent` sums."""
        return self._required("REPORTING_CURRENCY")

    @property
    def latest_hour(self) -> str:
        """`HH:MM`, local: no greeting goes out at or after it."""
        return self._environment.get("LATEST_HOUR", "20:00")

    @property
    def leap_day(self) -> str:
        """`02-28` or `03-01`: when a birthday on 29 February is kept in other years."""
        return self._environment.get("LEAP_DAY", "02-28")

    @property
    def delivers_to_this_machine(self) -> bool:
        """Set by the local host only: a webhook may name http://127.0.0.1."""
        return self._environment.get("DELIVERS_TO_THIS_MACHINE") == "yes"

    @property
    def clock_file(self) -> str | None:
        """Set by the local host only: the file that holds how many seconds its clock is ahead."""
        return self._environment.get("CLOCK_FILE")


@lru_cache(maxsize=1)
def settings() -> Settings:
    """The settings of this process; tests that change the environment call `settings.cache_clear()`."""
    return Settings(dict(os.environ))


def trace() -> str | None:
    """What X-Ray knows the present invocation by; Lambda sets it anew for each."""
    return os.environ.get("_X_AMZN_TRACE_ID") if "AWS_LAMBDA_FUNCTION_NAME" in os.environ else None
