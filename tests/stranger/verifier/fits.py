"""What fits into a thread: WIRE.md, "What fits". Each rule looks at the writer's half alone."""

from .entry import Entry
from .kinds import KINDS
from .limits import YEAR_OF_DAYS
from .state import Event, Half, Thread, day

CASE_KINDS = range(32, 45)
NOBODY = bytes(8)
LEGS, FOLLOW_UPS, RETENTIONS, REFUSALS = 16, 32, 32, 512
ERASURE = 2
PLANNING = ("JourneyDecided", "DocumentsReady", "LegBooked", "PlaceArranged", "MinorSafeguarded")
STEPS = ("PlaceHeld", "PlaceRefused", "PlaceConfirmed", "PlaceReleased", "HoldExpired", "CheckedIn",
         "CheckedOut", "PlaceNoShow")
CHAIN_OVER = ("ConsentWithdrawn", "ConsentExpired")
ASKING_TO_ERASE = (*CHAIN_OVER, "ConsentNarrowed", "EmergencyReviewed", "OfferExpired", "ReferralWithdrawn",
                   "EntryInError", "CancellationRequested", "CancellationAgreed", "JourneyClosed")
UNDER_WAY = ("Departed", "JourneyClosed")

# fits only after one of these
AFTER: dict[str, tuple[str, ...]] = {
    "CaseClosed": ("CaseOpened", "CaseReopened"),
    "AcceptConfirmed": ("ReferralOffered",), "OfferExpired": ("ReferralOffered",),
    "ReferralWithdrawn": ("ReferralOffered",), "SectionsDisclosed": ("AcceptConfirmed",),
    "ServiceScheduled": ("ReferralAccepted",), "ServiceStarted": ("ReferralAccepted",),
    "ServiceCompleted": ("ReferralAccepted",),
    "PlaceGivenUp": ("PlaceRequested",), "PlaceChosen": ("PlaceRequested",),
    **{name: ("JourneyProposed",) for name in (*PLANNING, "JourneyCleared")},
    "FollowUpsScheduled": ("ReceptionConfirmed",), "FollowUpDue": ("FollowUpsScheduled",),
    "FollowUpRecorded": ("FollowUpsScheduled",),
}
# fits only after one of that kind which the field names
NAMES = {
    "CaseErased": ("because", "CaseErasureOrdered"), "ConsentChanged": ("consent", "ConsentGiven"),
    "ConsentEnded": ("consent", "ConsentGiven"), "ReferralOffered": ("consent", "ConsentReleased"),
    **{name: ("chain", "ConsentReleased") for name in ("ConsentNarrowed", "ConsentRenewed", *CHAIN_OVER)},
    "EmergencyDisclosed": ("emergency", "EmergencyDeclared"),
    "EmergencyReviewed": ("emergency", "EmergencyDeclared"),
}
# does not fit after any of these; most of all, not a second time
NOT_AFTER: dict[str, tuple[str, ...]] = {
    **{name: (name,) for name in (
        "CaseOpened", "CaseErased", "ConsentReleased", "ReferralOffered", "AcceptConfirmed",
        "ReferralRedirected", "ThreadKey", "ReferralAcknowledged", "CancellationAgreed", "JourneyAborted",
        "ReceptionConfirmed", "Arrived", "MindChanged", "JourneyClosed")},
    **{name: CHAIN_OVER for name in ("ConsentNarrowed", "ConsentRenewed", *CHAIN_OVER)},
    "OfferExpired": ("AcceptConfirmed",), "ReferralWithdrawn": ("Departed",),
    "ReferralAccepted": ("ReferralAccepted", "ReferralDeclined"),
    "ReferralDeclined": ("ReferralAccepted", "ReferralDeclined"),
    "ServiceScheduled": ("ServiceCompleted",), "ServiceCompleted": ("ServiceCompleted",),
    "ServiceStarted": ("ServiceCompleted", "ServiceStarted"),
    "CancellationDeclined": ("CancellationAgreed",),
    **{name: UNDER_WAY for name in ("JourneyProposed", *PLANNING, "JourneyCleared", "Departed")},
}
# does not fit a second time with one value of the field
ONCE_FOR = {"ConsentEnded": "consent", "CaseLinked": "referral", "EmergencyReviewed": "emergency",
            "LegStarted": "leg", "LegConfirmed": "leg", "FollowUpRecorded": "number"}
AT_MOST = {"ConsentGiven": 512, "CaseLinked": 512, "EmergencyDeclared": 32,
           **{name: 256 for name in ("QuestionAsked", "QuestionAnswered", "DisclosureRequested",
                                     "DisclosureRefused", "SectionsRegranted", "WithdrawalAcknowledged")}}
# newest steps of the request after which alone these fit
PLACE_AFTER = {"PlaceConfirmed": ("PlaceHeld",), "HoldExpired": ("PlaceHeld",),
               "PlaceReleased": ("PlaceHeld", "PlaceConfirmed"), "CheckedIn": ("PlaceConfirmed",),
               "PlaceNoShow": ("PlaceConfirmed",), "CheckedOut": ("CheckedIn",),
               "AddressReleased": ("PlaceConfirmed", "CheckedIn")}


def why_not(thread: Thread, event: Event) -> tuple[str, bool] | None:
    """Why an entry does not fit, and whether it counts all the same."""
    entry = event.entry
    half, is_case = thread.halves[entry.office], thread.chain is None
    writer = KINDS[entry.kind].writer
    if (entry.kind not in CASE_KINDS) if is_case else writer == "own":
        return f"{entry.name} does not belong in this thread", False
    if entry.office != {"sender": thread.sender, "receiver": thread.receiver}.get(writer, entry.office):
        return f"{entry.name} is not its writer's to write", False
    if reason := _refused_by_tables(thread, half, event):
        return reason, entry.name in ("SectionsDisclosed", "CancellationDeclined")
    rule = CASE if is_case else REFERRAL
    if (check := rule.get(entry.name)) and (reason := check(thread, half, event)):
        return reason, entry.name in ("ConsentNarrowed", "EmergencyDisclosed")
    return None


def _refused_by_tables(thread: Thread, half: Half, event: Event) -> str | None:
    name, fields = event.entry.name, event.entry.fields
    if thread.chain is None and name != "CaseErased" and half.has("CaseErasureOrdered"):
        return f"{name} after CaseErasureOrdered"
    if name in AFTER and not half.has(*AFTER[name]):
        return f"{name} without {' or '.join(AFTER[name])} before it"
    if name in NAMES and half.named(NAMES[name][1], fields[NAMES[name][0]]) is None:
        return f"{name} names as {NAMES[name][0]} no {NAMES[name][1]} before it"
    if half.has(*NOT_AFTER.get(name, ())):
        return f"{name} after {' or '.join(NOT_AFTER[name])}"
    if name in ONCE_FOR and half.having(name, ONCE_FOR[name], fields[ONCE_FOR[name]]) is not None:
        return f"{name} a second time for one {ONCE_FOR[name]}"
    if name in AT_MOST and len(half.all(name)) >= AT_MOST[name]:
        return f"more than {AT_MOST[name]} of {name}"
    return None


# Cases


def _closing(thread: Thread, half: Half, event: Event) -> str | None:
    is_open = half.last_seq("CaseOpened", "CaseReopened") > half.last_seq("CaseClosed")
    if is_open == (event.entry.name == "CaseClosed"):
        return None
    return f"{event.entry.name} of a case that is {'open' if is_open else 'closed'}"


def _refusal(thread: Thread, half: Half, event: Event) -> str | None:
    given = {e.entry.fields["scope"]["recipient"]: e.seq for e in half.all("ConsentGiven")}
    refused = {e.entry.fields["recipient"]: e.seq for e in half.all("ConsentRefused")}
    standing = {office for office, seq in refused.items() if given.get(office, -1) < seq}
    too_many = len(standing | {event.entry.fields["recipient"]}) > REFUSALS
    return "more than 512 recipients refused" if too_many else None


def _consent_changed(thread: Thread, half: Half, event: Event) -> str | None:
    fields = event.entry.fields
    given = half.named("ConsentGiven", fields["consent"])
    if given and given.entry.fields["scope"]["recipient"] != fields["scope"]["recipient"]:
        return "ConsentChanged for another recipient"
    ended = half.having("ConsentEnded", "consent", fields["consent"])
    return "ConsentChanged after its end" if ended else None


# Referrals


def _narrowed(thread: Thread, half: Half, event: Event) -> str | None:
    chain, fields = thread.chain, event.entry.fields
    assert chain is not None
    within = all(set(fields[part]) <= set(getattr(chain, part)) for part in ("purposes", "categories"))
    if within and fields["onward"] <= chain.onward and fields["until"] <= chain.until:
        return None
    return "ConsentNarrowed that is wider, or longer"


def _renewed(thread: Thread, half: Half, event: Event) -> str | None:
    too_long = event.entry.fields["until"] > day(event.entry.claimed_at) + YEAR_OF_DAYS
    return "ConsentRenewed for more than a year" if too_long else None


def _after_end(thread: Thread, half: Half, event: Event) -> str | None:
    return f"{event.entry.name} after the end" if thread.end else None


def _deadline(thread: Thread, half: Half, event: Event) -> str | None:
    kind, since = event.entry.fields["deadline"], -1
    if kind == ERASURE:
        since = thread.mine.last_seq(*ASKING_TO_ERASE)
    said = [e for e in half.all(event.entry.name) if e.entry.fields["deadline"] == kind and e.seq > since]
    return f"{event.entry.name} a second time for one deadline" if said else None


def _key_replaced(thread: Thread, half: Half, event: Event) -> str | None:
    lacks = event.entry.office == thread.receiver and not half.has("ThreadKey")
    return "ThreadKeyReplaced without ThreadKey" if lacks else None


def _retention(thread: Thread, half: Half, event: Event) -> str | None:
    many = event.entry.office == thread.receiver and len(half.all("RetentionClaimed")) >= RETENTIONS
    return "more than 32 of RetentionClaimed" if many else None


def _emergency(thread: Thread, half: Half, event: Event) -> str | None:
    return None if decided_by_two(event.entry) else "an emergency that two people did not decide"


def decided_by_two(entry: Entry) -> bool:
    """Whether two people decided an `EmergencyDeclared`."""
    first, second = entry.fields["first"], entry.fields["second"]
    return first != second and NOBODY not in (first, second)


def _emergency_disclosed(thread: Thread, half: Half, event: Event) -> str | None:
    declared = half.named("EmergencyDeclared", event.entry.fields["emergency"])
    covered = declared.entry.fields["categories"] if declared else []
    within = set(event.entry.fields["categories"]) <= set(covered)
    return None if within else "EmergencyDisclosed of what was not declared"


def _place_asked(thread: Thread, half: Half, event: Event) -> str | None:
    over = half.last_seq("PlaceGivenUp") > half.last_seq("PlaceRequested")
    return f"{event.entry.name} after PlaceGivenUp" if over else None


def _place_held(thread: Thread, half: Half, event: Event) -> str | None:
    step = half.last(*STEPS)
    is_held = step is not None and step.entry.name in ("PlaceHeld", "PlaceConfirmed", "CheckedIn")
    return "PlaceHeld while a place is held" if is_held else None


def _place_refused(thread: Thread, half: Half, event: Event) -> str | None:
    step = half.last(*STEPS)
    answered = step is not None and step.entry.fields["request"] == event.entry.fields["request"]
    return "PlaceRefused after another answer" if answered else None


def _place_step(thread: Thread, half: Half, event: Event) -> str | None:
    step, wanted = half.last(*STEPS), PLACE_AFTER[event.entry.name]
    if step and step.entry.name in wanted and step.entry.fields["request"] == event.entry.fields["request"]:
        return None
    return f"{event.entry.name} without {' or '.join(wanted)} of the request as the newest step"


def _leg_booked(thread: Thread, half: Half, event: Event) -> str | None:
    since = half.last_seq("JourneyProposed")
    last = max((e.entry.fields["number"] for e in half.all("LegBooked") if e.seq > since), default=0)
    return None if 1 <= event.entry.fields["number"] <= min(last + 1, LEGS) else "LegBooked out of order"


def _departed(thread: Thread, half: Half, event: Event) -> str | None:
    cleared = half.last_seq("JourneyCleared") > half.last_seq("JourneyProposed", *PLANNING)
    return None if cleared else "Departed without clearance"


def _journey_closed(thread: Thread, half: Half, event: Event) -> str | None:
    lacks = event.entry.office == thread.receiver and not half.has("ReceptionConfirmed")
    return "JourneyClosed without ReceptionConfirmed" if lacks else None


def _risk(thread: Thread, half: Half, event: Event) -> str | None:
    side = 0 if event.entry.office == thread.sender else 1
    return None if event.entry.fields["side"] == side else "RiskAssessed of the other side"


def _leg(thread: Thread, half: Half, event: Event) -> str | None:
    return None if 1 <= event.entry.fields["leg"] <= LEGS else f"{event.entry.name} of no leg"


def _follow_ups(thread: Thread, half: Half, event: Event) -> str | None:
    return "too many follow-ups" if len(event.entry.fields["due_on"]) > FOLLOW_UPS else None


def _follow_up(thread: Thread, half: Half, event: Event) -> str | None:
    scheduled, due = half.last("FollowUpsScheduled"), half.last("FollowUpDue")
    least = due.entry.fields["number"] if due and event.entry.name == "FollowUpDue" else 0
    days = len(scheduled.entry.fields["due_on"]) if scheduled else 0
    return None if least < event.entry.fields["number"] <= days else f"{event.entry.name} of no day"


CASE = {**dict.fromkeys(("CaseClosed", "CaseReopened", "CaseErasureOrdered"), _closing),
        "ConsentRefused": _refusal, "ConsentChanged": _consent_changed}
REFERRAL = {
    "ConsentNarrowed": _narrowed, "ConsentRenewed": _renewed,
    **dict.fromkeys(("AcceptConfirmed", "OfferExpired", "ReferralWithdrawn"), _after_end),
    **dict.fromkeys(("DeadlineReminded", "DeadlineMissed", "DeadlineEscalated"), _deadline),
    "ThreadKeyReplaced": _key_replaced, "RetentionClaimed": _retention, "EmergencyDeclared": _emergency,
    "EmergencyDisclosed": _emergency_disclosed, "PlaceGivenUp": _place_asked, "PlaceChosen": _place_asked,
    "PlaceHeld": _place_held, "PlaceRefused": _place_refused, **dict.fromkeys(PLACE_AFTER, _place_step),
    "LegBooked": _leg_booked, "Departed": _departed, "JourneyClosed": _journey_closed, "RiskAssessed": _risk,
    **dict.fromkeys(("EscortNamed", "LegStarted", "LegConfirmed", "CheckInRecorded", "CheckInMissed"), _leg),
    "FollowUpsScheduled": _follow_ups, "FollowUpDue": _follow_up, "FollowUpRecorded": _follow_up,
}
