internal import LikenessMessages
internal import LikenessPostgres

/// One way to carry a search out, and the next one when it finds too few: it looks further, then at everyone within the scope.
struct SearchAttempt: Sendable {
    /// How far a vector looks.
    struct Nearest: Sendable {
        var plan: SearchPlan
        var reach: SearchPlan.Reach
        /// Sections to keep at least when all are compared, which costs the same however many that are.
        var exactSections: Int
    }

    /// What an attempt came to.
    struct Outcome: Sendable {
        /// Fewer hits than are ranked.
        var isShort: Bool
        /// Fewer hits than are shown: `SearchQuery.fullCount`.
        var lacksShown = true
        /// Sections that the vector was compared with.
        var examined = 0
        /// All of the sections that the vector was to name count, even where there are hits enough without.
        var wantsSections = false
        /// Profiles that a hybrid search scored.
        var candidates = 0
        /// They are fewer than a larger limit of the same window could have wanted: then this one looks further as well, so that its hits are the first
        /// of those.
        var lacksCandidates = false
        /// Whether the index of words could have named more.
        var nomineesAreCut = false
        /// Profiles that the index of words named.
        var nominees = 0
        /// Few have the phrases, however far the vector looks.
        var wantsPhrases = false
    }

    /// `nil` for a search by words alone.
    var nearest: Nearest?
    /// Everyone within the scope is scored by words, and not those alone whom the index of words names.
    var scoresAll: Bool

    /// - Parameters:
    ///   - isWhole: The scope leaves no live profile out: what an index does not find there is not found by comparing either.
    ///   - precision: `.approximate` takes what the indexes give.
    /// - Returns: `nil` when the outcome is the answer.
    func next(after outcome: Outcome, isWhole: Bool, precision: Precision) -> SearchAttempt? {
        if outcome.wantsSections, let nearest = self.nearest,
            let further = nearest.plan.goingOn(after: nearest.reach, seeing: outcome.examined)
        {
            var next = self
            next.nearest?.reach = further
            return next
        }
        guard outcome.isShort || outcome.lacksCandidates else { return nil }
        guard let nearest = self.nearest else {
            guard outcome.nomineesAreCut, !self.scoresAll, precision != .approximate else { return nil }
            return SearchAttempt(nearest: nil, scoresAll: true)
        }
        var next = self
        if !outcome.wantsPhrases, var further = nearest.plan.next(after: nearest.reach, seeing: outcome.examined) {
            // The nearest sections belong to fewer profiles than were asked for. Where few profiles have many sections and all are compared anyway,
            // all are taken at once.
            if outcome.wantsSections, nearest.plan.scan == .exact { further.sections = SearchPlan.sectionsMax }
            next.nearest?.reach = further
            return next
        }
        guard precision != .approximate else { return nil }
        next.scoresAll = true
        // The index has given up before enough were within the scope.
        if outcome.examined < nearest.reach.sections, !isWhole, nearest.plan.scan == .approximate {
            next.nearest?.plan = nearest.plan.with(.exact)
            next.nearest?.reach.sections = max(nearest.reach.sections, nearest.exactSections)
            return next
        }
        // Phrases that are excluded have left few of those whom the index of words names.
        return outcome.nomineesAreCut && !outcome.wantsPhrases && !self.scoresAll ? next : nil
    }
}
