"""Whether what is stored at the end, what was read meanwhile and what the feed told agree with what the callers were answered.

A profile's revisions are a total order of its writes. So each write that was answered has to be the step to the revision that its answer
names, each other step that of a write whose caller did not learn what came of it, and each read the state of a revision that is not older
than any that was answered before the read began.
"""

from collections import defaultdict
from dataclasses import replace

from record import DONE, REFUSED, UNKNOWN

# What a step is called in the history and in the feed.
METHODS = {"create": "CreateProfile", "headline": "UpdateProfile", "increment": "UpdateProfile", "add": "EditProfile",
           "remove": "EditProfile", "upsert": "BatchUpsertProfiles", "delete": "DeleteProfile", "restore": "RestoreProfile",
           "revert": "RestoreRevision"}
KINDS = {"delete": "DELETED", "restore": "RESTORED"}
# What may be refused, and which other calls about the profile explain it. A refusal that none explains is a fault.
# The slug of who was erased may be another's when an upsert names both.
CAUSES = {"NOT_FOUND": {"erase"}, "FAILED_PRECONDITION": {"delete"}, "ALREADY_EXISTS": {"restore", "erase"}}
# Reasons that need no cause: revisions are read before others write, a skill is read before others remove it.
NEEDS_NONE = {"ABORTED REVISION_MISMATCH", "ABORTED BATCH_UNDONE", "NOT_FOUND remove"}


class Judge:
    def __init__(self, writes, reads, stored, events):
        """`stored` has a `Stored` or None for each id; `events` are (id, revision, kind) as they came."""
        self.writes, self.reads, self.stored, self.events = writes, reads, stored, events
        self.by_profile = defaultdict(list)
        for write in writes:
            self.by_profile[write.profile].append(write)
        self.erased = {one.profile for one in writes if one.kind == "erase" and one.outcome == DONE}
        self.found = []
        # The steps that writes without an answer turned out to have made.
        self.late = {}

    def judge(self):
        """What is wrong, one sentence each."""
        for profile in sorted(self.by_profile):
            self._judge_steps(profile)
            self._judge_refusals(profile)
        self._judge_batches()
        self._judge_reads()
        self._judge_events()
        return self.found

    def _wrong(self, profile, text):
        self.found.append(f"{profile}: {text}")

    def _is_gone(self, profile):
        return self.stored.get(profile) is None

    # Steps

    def _judge_steps(self, profile):
        writes, stored = self.by_profile[profile], self.stored.get(profile)
        erasures = [one for one in writes if one.kind == "erase" and one.outcome in (DONE, UNKNOWN)]
        if stored is None:
            created = [one for one in writes if one.outcome == DONE and one.kind != "erase"]
            if created and not erasures:
                self._wrong(profile, f"is not there, and call {created[0].number} ({created[0].kind}) was answered")
            return
        if profile in self.erased:
            self._wrong(profile, "is there after its erasure")
        last = max(stored.states, default=0)
        if sorted(stored.states) != list(range(1, last + 1)):
            self._wrong(profile, f"has the revisions {sorted(stored.states)}")
            return
        makers = defaultdict(list)
        for write in writes:
            if write.outcome == DONE and write.kind != "erase":
                makers[write.revision].append(write)
        for revision in sorted(set(makers) - set(stored.states)):
            self._wrong(profile, f"has no revision {revision}, which call {makers[revision][0].number} was answered")
        unknown = [one for one in writes if one.outcome == UNKNOWN and one.kind != "erase"]
        for revision in range(1, last + 1):
            self._judge_step(profile, revision, stored, makers[revision], unknown)

    def _judge_step(self, profile, revision, stored, makers, unknown):
        before, after, method = stored.states.get(revision - 1), stored.states[revision], stored.methods[revision]
        deletions = [one for one in makers if one.kind == "delete"]
        # To what it is already: one of them may have made it so.
        reverts = [one for one in makers if one.kind == "revert" and self._expected(one, before, stored) == after]
        others = [one for one in makers if one not in deletions and one not in reverts]
        if deletions and not after.is_deleted:
            self._wrong(profile, f"call {deletions[0].number} deleted it at revision {revision}, which is {after}")
        if len(others) > 1:
            self._wrong(profile, f"revision {revision} was answered to the calls {[one.number for one in others]}")
        for one in others:
            if said := self._says(one, revision, before, after, method, stored):
                self._wrong(profile, f"revision {revision} of call {one.number} ({one.kind}) {said}")
        # Of what was answered the same revision one made it: deleting what is deleted, or setting back to what is, changes nothing.
        if others or (reverts and method == METHODS["revert"]) or (deletions and before is not None and not before.is_deleted):
            return
        late = self.late.setdefault(profile, {})
        for one in unknown:
            if one.number not in late and self._says(one, revision, before, after, method, stored) is None:
                late[one.number] = revision
                return
        self._wrong(profile, f"revision {revision} ({method}) is of no call: {before} became {after}")

    def _expected(self, write, before, stored):
        if write.kind == "revert":
            old = stored.states.get(write.value)
            return old and replace(old, is_deleted=False)
        return write.applied(before)

    def _says(self, write, revision, before, after, method, stored):
        methods = {METHODS[write.kind]} | ({"BatchDeleteProfiles"} if write.kind == "delete" else set())
        if method not in methods:
            return f"was made by {method}"
        if write.if_revision > 0 and revision != write.if_revision + 1:
            return f"was to follow {write.if_revision}: an update is lost"
        if self._expected(write, before, stored) != after:
            return f"made {after} of {before}, expected {self._expected(write, before, stored)}"
        return None

    def _judge_refusals(self, profile):
        writes = self.by_profile[profile]
        for write in writes:
            if write.outcome != REFUSED or write.reason in NEEDS_NONE:
                continue
            causes = CAUSES.get(write.reason.split()[0], set())
            others = [one for one in writes if one.number != write.number and one.kind in causes and one.outcome != REFUSED]
            if write.kind == "create" or not any(one.begun < write.ended for one in others):
                self._wrong(profile, f"call {write.number} ({write.kind}) was refused without cause: {write.reason}")

    # Batches that are all or nothing

    def _judge_batches(self):
        calls = defaultdict(list)
        for write in self.writes:
            if write.is_atomic:
                calls[write.number].append(write)
        for number, items in calls.items():
            outcomes = {one.outcome for one in items}
            if outcomes != {UNKNOWN}:
                if DONE in outcomes and len(outcomes) > 1:
                    self.found.append(f"call {number}: a part of a batch that is one was done")
                continue
            # A deletion of what is deleted leaves no step.
            sure = [one for one in items if one.kind == "upsert" and not self._is_gone(one.profile)]
            made = [number in self.late.get(one.profile, {}) for one in sure]
            if any(made) and not all(made):
                self.found.append(f"call {number}: half of a batch that is one is stored")

    # Reads

    def _judge_reads(self):
        acknowledged = defaultdict(list)
        for write in self.writes:
            if write.outcome == DONE:
                acknowledged[write.profile].append(write)
        for read in self.reads:
            writes = acknowledged[read.profile]
            earlier = [one for one in writes if one.ended <= read.begun]
            if any(one.kind == "erase" for one in earlier):
                if read.state is not None:
                    self._wrong(read.profile, f"was read at revision {read.revision} after its erasure")
                continue
            if read.state is None:
                if earlier and not any(one.kind == "erase" and one.begun < read.ended for one in self.by_profile[read.profile]):
                    self._wrong(read.profile, "was not found, and nothing had erased it")
                continue
            least = max((one.revision for one in earlier), default=0)
            if read.revision < least:
                self._wrong(read.profile, f"was read at revision {read.revision} after {least} was answered")
            stored = self.stored.get(read.profile)
            if stored is not None and stored.states.get(read.revision) != read.state:
                self._wrong(read.profile, f"was read as {read.state} at revision {read.revision}, which is {stored.states.get(read.revision)}")

    # The feed

    def _judge_events(self):
        told = defaultdict(list)
        for profile, revision, kind in self.events:
            have = told[profile]
            if kind == "ERASED" or not have or revision > have[-1][0]:
                have.append((revision, kind))
        for profile in sorted(set(self.by_profile) | set(told)):
            have, stored = told[profile], self.stored.get(profile)
            if stored is None:
                if have and have[-1][1] != "ERASED":
                    self._wrong(profile, f"is gone, and the feed ends with {have[-1]}")
                if profile in self.erased and not have:
                    self._wrong(profile, "is erased, and the feed does not say so")
                continue
            expected = []
            for revision in sorted(stored.states):
                before, after = stored.states.get(revision - 1), stored.states[revision]
                kind = "CREATED" if before is None else "UPDATED"
                if before is not None and before.is_deleted != after.is_deleted:
                    kind = "DELETED" if after.is_deleted else "RESTORED"
                expected.append((revision, kind))
            if have != expected:
                odd = next((pair for pair in zip(have, expected) if pair[0] != pair[1]), (len(have), len(expected)))
                self._wrong(profile, f"the feed told {odd[0]} where the history has {odd[1]}")
