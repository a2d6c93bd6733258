package import LikenessMessages

/// What is wrong with a mask that the rules of the contract, which are checked with every message, cannot say.
extension Mask {
    /// By paths from the mask on.
    package func faults() -> [Violation] {
        (self.configuration?.faults() ?? []).map {
            Violation(field: "configuration.\($0.field)", ruleID: $0.ruleID, message: $0.message)
        }
    }
}

extension MaskConfiguration {
    func faults() -> [Violation] {
        var faults = Faults()
        faults.distinct(self.includeTags, self.excludeTags, "include_tags", "exclude_tags")
        if !self.filter.isEmpty {
            do {
                _ = try Filter(self.filter)
            } catch .invalidField(_, let reason) {
                faults.add("filter", "filter", reason)
            } catch {
                faults.add("filter", "filter", "is not a filter")
            }
        }
        let hidden = self.hiddenFaults(&faults)
        if let scope = self.experiences {
            faults.distinct(
                scope.includeCategories.map(\.name),
                scope.excludeCategories.map(\.name),
                "experiences.include_categories",
                "experiences.exclude_categories"
            )
            faults.distinct(
                scope.includeTags,
                scope.excludeTags,
                "experiences.include_tags",
                "experiences.exclude_tags"
            )
            faults.date(scope.since, "experiences.since")
            faults.date(scope.until, "experiences.until")
            if let since = scope.since, let until = scope.until, since.firstDay > until.lastDay {
                faults.add("experiences.until", "contradiction", "is earlier than since")
            }
            if hidden.contains(["experiences"]), scope != ExperienceScope() {
                faults.add("experiences", "contradiction", "chooses among experiences, which hidden_fields hides")
            }
        }
        if let scope = self.skills {
            faults.distinct(
                scope.includeCategories,
                scope.excludeCategories,
                "skills.include_categories",
                "skills.exclude_categories"
            )
            if hidden.contains(["skills"]), scope != SkillScope() {
                faults.add("skills", "contradiction", "chooses among skills, which hidden_fields hides")
            }
        }
        self.weightFaults(&faults)
        self.coarseningFaults(&faults, hidden: hidden)
        return faults.all
    }

    /// - Returns: The paths that are good, in parts.
    private func hiddenFaults(_ faults: inout Faults) -> Set<[String]> {
        var fields: [(index: Int, field: ViewField)] = []
        for (index, path) in self.hiddenFields.enumerated() {
            do throws(ViewField.Objection) {
                fields.append((index, try ViewField(path)))
            } catch {
                faults.add("hidden_fields[\(index)]", error.ruleID, error.reason)
            }
        }
        for (index, field) in fields {
            let wider = fields.first { $0.index != index && $0.field.contains(field.parts) }
            guard let wider, wider.index < index || wider.field != field else { continue }
            faults.add("hidden_fields[\(index)]", "unique", "is hidden by hidden_fields[\(wider.index)] already")
        }
        return Set(fields.map(\.field.parts))
    }

    private func weightFaults(_ faults: inout Faults) {
        var kinds: Set<SectionKind> = []
        for (index, weight) in self.weights.enumerated() {
            let path = "weights[\(index)]"
            if weight.kind == .unspecified {
                faults.add("\(path).kind", "required", "is required")
            } else if !kinds.insert(weight.kind).inserted {
                faults.add("\(path).kind", "unique", "occurs twice")
            }
            if !(0...100).contains(weight.weight) { faults.add("\(path).weight", "range", "is not within 0...100") }
        }
        if kinds.count == 3, self.weights.allSatisfy({ $0.weight == 0 }) {
            faults.add("weights", "contradiction", "are all 0: nothing would be found")
        }
    }

    private func coarseningFaults(_ faults: inout Faults, hidden: Set<[String]>) {
        guard let coarsening = self.coarsening else { return }
        for (name, isDefined) in [
            ("dates", coarsening.dates.isDefined), ("location", coarsening.location.isDefined),
            ("display_name", coarsening.displayName.isDefined),
        ] where !isDefined {
            faults.add("coarsening.\(name)", "enum.defined_only", "is not a value that the contract names")
        }
        if coarsening.displayName == .slug, hidden.contains(["slug"]) {
            faults.add("coarsening.display_name", "contradiction", "shows the slug, which hidden_fields hides")
        }
    }
}

/// What was found so far.
private struct Faults {
    private(set) var all: [Violation] = []

    mutating func add(_ path: String, _ ruleID: String, _ message: String) {
        self.all.append(Violation(field: path, ruleID: ruleID, message: message))
    }

    /// Values occur once, and not in both lists.
    mutating func distinct(_ included: [String], _ excluded: [String], _ includedPath: String, _ excludedPath: String) {
        for (values, path) in [(included, includedPath), (excluded, excludedPath)] {
            var seen: Set<String> = []
            for (index, value) in values.enumerated() where !seen.insert(value).inserted {
                self.add("\(path)[\(index)]", "unique", "occurs twice")
            }
        }
        let wanted = Set(included)
        for (index, value) in excluded.enumerated() where wanted.contains(value) {
            self.add("\(excludedPath)[\(index)]", "contradiction", "is in \(includedPath) too")
        }
    }

    mutating func date(_ date: PartialDate?, _ path: String) {
        guard let date else { return }
        do {
            _ = try date.stored(path: path)
        } catch .invalidField(let field, let reason) {
            self.add(field, "date", reason)
        } catch {
            self.add(path, "date", "is not a date")
        }
    }
}
