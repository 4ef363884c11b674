"""The rule of a greeting, and how far its days are done. All rules share a partition: a tick reads them at once."""

from datetime import date, datetime, timedelta

from pynamodb.attributes import BooleanAttribute, NumberAttribute, UnicodeAttribute

from crm.core.table import CrmItem, DecimalAttribute, WholeNumberAttribute

PARTITION = "GREETINGS"
PREFIX = "GREETING#"
DAYS = "GREETING_DAYS"
_KEPT = timedelta(days=30)


class Greeting(CrmItem, discriminator="greeting"):
    """On which occasion, how many days from it and from which local hour on, whom and with which template."""

    version = NumberAttribute()
    created_at = UnicodeAttribute()
    updated_at = UnicodeAttribute()
    request_hash = UnicodeAttribute()
    name = UnicodeAttribute()
    occasion = UnicodeAttribute()
    # What some occasions need besides: `rules.DETAILS`.
    event = UnicodeAttribute(null=True)
    field = UnicodeAttribute(null=True)
    feast = UnicodeAttribute(null=True)
    min_amount = DecimalAttribute(null=True)
    offset_days = NumberAttribute()
    send_at = UnicodeAttribute()
    segment = UnicodeAttribute(null=True)
    template = UnicodeAttribute()
    purpose = UnicodeAttribute(default="greeting")
    rest_days = UnicodeAttribute(default="keep")
    starts_on = UnicodeAttribute(null=True)
    ends_on = UnicodeAttribute(null=True)
    active = BooleanAttribute()
    # Since when it greets as it does now; nothing is owed for days that were over by then.
    active_since = UnicodeAttribute(null=True)

    @property
    def greeting_id(self) -> str:
        return self.sk.removeprefix(PREFIX)

    @property
    def in_force_since(self) -> str:
        """From when on it owes greetings; of older rules only their last change is known."""
        return self.active_since or self.updated_at

    @classmethod
    def read(cls, greeting_id: str) -> "Greeting":
        """The rule as it is now, consistently. Raises Greeting.DoesNotExist."""
        return cls.get(PARTITION, PREFIX + greeting_id, consistent_read=True)

    @classmethod
    def read_active(cls) -> "list[Greeting]":
        """The rules that greet."""
        return [rule for rule in cls.query(PARTITION, consistent_read=True) if rule.active]


class GreetingDay(CrmItem, discriminator="greeting_day"):
    """How far one rule's greetings of one local date are done. Written only where there is something to remember."""

    # Every greeting of the day has its outcome; the day is not asked for again.
    closed_at = UnicodeAttribute(null=True)
    # The pass that a tick broke off for want of time, the place in it to go on after, and whether it met any greeting
    # without an outcome until there.
    broken_off = UnicodeAttribute(null=True)
    after = UnicodeAttribute(null=True)
    has_open = BooleanAttribute(default=False)
    # The last pass that was done to its end, where passes are planned (feasts).
    done = UnicodeAttribute(null=True)
    expires_at = WholeNumberAttribute()

    @classmethod
    def keyed(cls, day: str, greeting_id: str) -> "GreetingDay":
        """The item of a day (`YYYY-MM-DD`) under a rule, with nothing done."""
        return cls(DAYS, f"{day}#{greeting_id}")

    @classmethod
    def since(cls, first: date) -> "dict[str, GreetingDay]":
        """What is known of all rules' days from `first` on, by sort key: one Query."""
        known = cls.query(DAYS, cls.sk >= first.isoformat(), consistent_read=True)
        return {found.sk: found for found in known}

    def close(self, *, now: datetime) -> None:
        """Nothing of this day is left to do."""
        self.closed_at = now.isoformat()
        self.finish(now=now)

    def break_off(self, name: str, *, after: str | None, has_open: bool, now: datetime) -> None:
        """Note the place in a pass."""
        self.broken_off, self.after, self.has_open = name, after, has_open
        self._keep(now)

    def finish(self, *, now: datetime) -> None:
        """No pass is broken off any more; the planned ones are done up to `done`."""
        self.broken_off, self.after, self.has_open = None, None, False
        self._keep(now)

    def _keep(self, now: datetime) -> None:
        self.expires_at = int((now + _KEPT).timestamp())
        self.save()
