"""What a drill writes down: of each call what it was to do, and what came of it."""

from dataclasses import dataclass, field, replace

# How a call ended for its caller.
DONE, REFUSED, UNKNOWN = "done", "refused", "unknown"


@dataclass(frozen=True)
class State:
    """What the drill looks at of a profile."""
    headline: str
    count: int
    skills: tuple  # Names, in their order.
    is_deleted: bool = False


@dataclass
class Write:
    """One profile that a call was to change."""
    number: int          # Of the call. A batch has a write for each item.
    kind: str            # create, headline, increment, add, remove, upsert, delete, restore, revert, erase
    profile: str         # Its id.
    value: object = None  # The headline, the skill's name, the state of an upsert, the revision to go back to.
    if_revision: int = 0
    is_atomic: bool = False
    begun: float = 0.0
    ended: float = 0.0
    outcome: str = UNKNOWN
    revision: int = 0    # That the answer names.
    reason: str = ""     # Of a refusal: code and reason.

    def applied(self, before):
        """The state that it makes of one, where it makes one. `before` is None where there was none."""
        if self.kind in ("create", "upsert"):
            return self.value
        if before is None:
            return None
        if self.kind == "headline":
            return replace(before, headline=self.value)
        if self.kind == "increment":
            return replace(before, count=before.count + 1)
        if self.kind == "add":
            return replace(before, skills=(*before.skills, self.value))
        if self.kind == "remove":
            return replace(before, skills=tuple(one for one in before.skills if one != self.value))
        if self.kind in ("delete", "restore"):
            return replace(before, is_deleted=self.kind == "delete")
        return None


@dataclass
class Read:
    """One profile as a call saw it. `state` is None where it was not found."""
    profile: str
    begun: float
    ended: float
    revision: int = 0
    state: object = None


@dataclass
class Stored:
    """A profile at the end: its states by revision, from 1 on, as its history says, or None when it is not there."""
    states: dict = field(default_factory=dict)
    methods: dict = field(default_factory=dict)
