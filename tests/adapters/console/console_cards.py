"""Sample cards and forms for the console's tests: what a real day shows."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from bot.cards import (
    Action,
    Author,
    Bar,
    Block,
    BlockKind,
    Card,
    Field,
    FieldKind,
    FileLink,
    Form,
    FormField,
    Link,
    Plain,
    Style,
    Tone,
    When,
    Who,
    chart,
)

SUBJECT = "Invoice PDF shows wrong VAT rate"
MAIL = (
    "Hi, since Monday our invoices show 19% VAT although we are based in Austria (20%). "
    "We need to re-issue four of them by Friday. See the attachment for one of them.\n\n"
    "Thank you,\nMaria"
)
ANA = Who("ana", "Ana Alvarez")
BEN = Who("ben", "Ben Baker")


def minutes(count: int) -> timedelta:
    return timedelta(minutes=count)


def new_ticket(now: datetime, number: str = "SUP-42", title: str = SUBJECT) -> Card:
    return Card(
        title=title,
        fallback=f"{number} {title}: new, high, first reply due soon",
        tone=Tone.NEW,
        number=number,
        status=(Plain("New", bold=True), Plain(" · High · billing")),
        blocks=(Block((Plain(MAIL),), BlockKind.QUOTE),),
        fields=(
            Field("From", (Plain("Maria Huber <maria@acme.example>"),)),
            Field("Account", (Plain("ACME GmbH"), Plain(" (3 open)", dim=True))),
            Field("Assignee", (Plain("nobody yet", dim=True),)),
            Field(
                "First reply due",
                (When(now + minutes(39)), Plain(" · "), When(now + minutes(39), relative=True)),
                progress=0.35,
            ),
        ),
        files=(FileLink(7, "invoice-88.pdf", 84_211),),
        actions=(
            Action(f"dk1:claim:{number}", "Claim", Style.PRIMARY),
            Action(f"dk1:reply:{number}", "Reply"),
            Action(f"dk1:note:{number}", "Note"),
            Action(f"dk1:resolve:{number}", "Resolve"),
        ),
        menu=_menu(number),
        context=(Plain("Received "), When(now - minutes(3)), Plain(" via support@acme.example")),
    )


def claimed_ticket(now: datetime, number: str = "SUP-42", title: str = SUBJECT) -> Card:
    return Card(
        title=title,
        fallback=f"{number} {title}: open, Ana has it",
        tone=Tone.OPEN,
        number=number,
        status=(Plain("Open", bold=True), Plain(" · High · billing · "), ANA),
        fields=(
            Field("From", (Plain("Maria Huber <maria@acme.example>"),)),
            Field(
                "Next reply due",
                (When(now + minutes(12)), Plain(" · "), When(now + minutes(12), relative=True)),
                progress=0.82,
            ),
        ),
        actions=(
            Action(f"dk1:reply:{number}", "Reply", Style.PRIMARY),
            Action(f"dk1:note:{number}", "Note"),
            Action(f"dk1:wait:{number}", "Wait for customer"),
            Action(f"dk1:resolve:{number}", "Resolve"),
        ),
        menu=_menu(number),
    )


def resolved_ticket(now: datetime, number: str = "SUP-40") -> Card:
    return Card(
        title="Cannot log in after password reset",
        fallback=f"{number} resolved by Ana",
        tone=Tone.RESOLVED,
        number=number,
        status=(Plain("Resolved", bold=True), Plain(" by "), ANA, Plain(" · open 3 h 12 min")),
        actions=(Action(f"dk1:reopen:{number}", "Reopen"),),
        ended=True,
    )


def incident(now: datetime) -> Card:
    return Card(
        title="Checkout returns 502 for EU customers",
        fallback="INC-7 SEV1 checkout returns 502",
        tone=Tone.SEVERE,
        number="INC-7",
        status=(Plain("SEV1", bold=True), Plain(" · Investigating · checkout")),
        fields=(
            Field("Commander", (Who("carla", "Carla Conti"),)),
            Field("Started", (When(now - minutes(24)), Plain(" · 4 alerts firing"))),
        ),
        blocks=(
            Block((Plain("Latest update by "), BEN, Plain(":"))),
            Block(
                (Plain("Rolled back release 2026.11.3 in eu-west; errors fell from 41% to 6%."),),
                BlockKind.QUOTE,
            ),
        ),
        actions=(
            Action("dk1:update:INC-7", "Post update", Style.PRIMARY),
            Action("dk1:severity:INC-7", "Severity"),
            Action("dk1:page:INC-7", "Page someone"),
            Action(
                "dk1:resolve:INC-7", "Resolve", Style.DANGER, confirm="Resolve INC-7 for everybody?"
            ),
        ),
        context=(
            Link("Runbook", "https://runbooks.example/checkout"),
            Plain(" · 7 tickets linked"),
        ),
    )


def page(now: datetime) -> Card:
    return Card(
        title="You are being paged: Checkout returns 502 for EU customers",
        fallback="Page: SEV1 INC-7 Checkout returns 502",
        tone=Tone.SEVERE,
        number="INC-7",
        status=(Plain("SEV1", bold=True), Plain(" · HighErrorRate · checkout · eu-west")),
        actions=(
            Action("dk1:ack:INC-7", "Acknowledge", Style.PRIMARY),
            Action("dk1:escalate:INC-7", "I can't: escalate now"),
        ),
        context=(
            Plain("platform, step 1 of 3 · goes to "),
            BEN,
            Plain(" "),
            When(now + minutes(5), relative=True),
        ),
    )


def customer_mail(text: str = MAIL) -> Card:
    return Card(
        title="",
        fallback="Maria Huber wrote",
        tone=Tone.CUSTOMER,
        author=Author(name="Maria Huber", via="by email"),
        blocks=(Block((Plain(text),)),),
        files=(FileLink(7, "invoice-88.pdf", 84_211), FileLink(8, "mail.txt", 2_100)),
    )


def note(text: str, name: str = "Ben Baker") -> Card:
    return Card(
        title="",
        fallback=f"{name} noted",
        tone=Tone.NOTE,
        author=Author(name=name, via="internal"),
        blocks=(Block((Plain(text),)),),
    )


def reply(text: str) -> Card:
    return Card(
        title="",
        fallback="Ana replied",
        tone=Tone.REPLY,
        author=Author(name="Ana Alvarez", via="to maria@acme.example"),
        status=(Plain("delivered ✓"),),
        blocks=(Block((Plain(text),)),),
    )


def info(text: str) -> Card:
    return Card(title="", fallback=text, status=(Plain(text),))


def sent(now: datetime, number: str) -> Card:
    return Card(
        title="",
        fallback="Your reply leaves in 10 seconds",
        tone=Tone.REPLY,
        status=(Plain("To maria@acme.example, leaves "), When(now + timedelta(seconds=10), True)),
        actions=(Action(f"dk1:undo:{number}:1", "Undo"),),
    )


def reply_form(number: str) -> Form:
    return Form(
        id=f"dk1:reply:{number}",
        title=f"Reply to {number}",
        intro=(Plain("To Maria Huber <maria@acme.example> · from support@acme.example"),),
        fields=(
            FormField(name="text", label="Message", kind=FieldKind.AREA),
            FormField(
                name="then",
                label="Then",
                kind=FieldKind.CHOICE,
                value="pending",
                options=(
                    ("pending", "Wait for the customer"),
                    ("resolve", "Resolve"),
                    ("", "Keep open"),
                ),
                required=False,
            ),
            FormField(name="files", label="Attach", kind=FieldKind.FILES, required=False),
        ),
        submit="Send email",
        warning="Ben Baker is replying to this ticket too (since 40 s).",
    )


def priority_form(number: str) -> Form:
    return Form(
        id=f"dk1:assign:{number}",
        title=f"Hand over {number}",
        intro=(Plain("The new assignee is told in person."),),
        fields=(
            FormField(
                name="person",
                label="To",
                kind=FieldKind.PERSON,
                options=(("ana", "Ana Alvarez"), ("ben", "Ben Baker"), ("carla", "Carla Conti")),
            ),
            FormField(
                name="reason",
                label="Why",
                kind=FieldKind.AREA,
                hint="Shown in the timeline.",
                required=False,
                max_length=500,
            ),
        ),
        submit="Hand over",
    )


def queue(now: datetime) -> Card:
    return Card(
        title="Queue",
        fallback="3 open tickets",
        status=(Plain("3 open, 1 unclaimed"),),
        fields=(
            Field(
                "SUP-42 " + SUBJECT,
                (Plain("New · High · first reply "), When(now + minutes(39), True)),
            ),
            Field("SUP-41 SSO loop after Safari update", (Plain("Open · normal · "), BEN)),
            Field("SUP-38 Export times out", (Plain("Waiting on the customer · normal · "), ANA)),
        ),
    )


def report() -> Card:
    days = (("Mon", 31), ("Tue", 24), ("Wed", 28), ("Thu", 19), ("Fri", 27), ("Sat", 6), ("Sun", 7))
    bars = chart(*(Bar(day, (("", count),)) for day, count in days))
    return Card(
        title="Support, week 47",
        fallback="142 new, 137 resolved",
        status=(Plain("16–22 November"),),
        fields=(
            Field("New / resolved", (Plain("142 / 137"),)),
            Field("First reply, median", (Plain("18 min"), Plain(" ▼ 4 min", dim=True))),
            Field("First-reply SLA", (Plain("96.4%"), Plain(" 5 of 139 missed", dim=True)), 0.036),
            Field("Incidents", (Plain("2 (SEV1 ×1) · MTTA 2:10"),)),
        ),
        blocks=(Block((Plain("New tickets per day"),)), bars),
    )


def sla(now: datetime) -> Card:
    return Card(
        title="SLA of SUP-42",
        fallback="first reply met, resolution due",
        status=(Plain("Policy standard · office hours Vienna"),),
        fields=(
            Field("First reply", (Plain("met in 6 min of 1 h"),), 0.1),
            Field(
                "Resolution",
                (When(now + minutes(170)), Plain(" · "), When(now + minutes(170), True)),
                0.8,
            ),
        ),
        blocks=(Block((Plain("Paused while waiting on the customer: 42 min"),)),),
    )


def history(lines: Sequence[tuple[datetime, str]]) -> Card:
    return Card(
        title="Timeline",
        fallback="timeline",
        blocks=tuple(Block((When(at), Plain("  " + words))) for at, words in lines),
    )


def _menu(number: str) -> tuple[Action, ...]:
    return (
        Action(f"dk1:assign:{number}", "Hand over…"),
        Action(f"dk1:priority:{number}", "Priority…"),
        Action(f"dk1:snooze:{number}", "Snooze…"),
        Action(
            f"dk1:spam:{number}", "Not a ticket", Style.DANGER, confirm="Close as not a ticket?"
        ),
    )
