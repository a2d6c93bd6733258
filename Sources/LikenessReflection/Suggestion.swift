/// What someone may have meant who mistyped a name.
package enum Suggestion {
    /// The candidate that is nearest to `name`, if any is near; case does not count.
    package static func nearest(to name: String, in candidates: some Sequence<String>) -> String? {
        let wanted = Array(name.lowercased().utf8.filter { $0 != UInt8(ascii: "_") }.prefix(100))
        // Two letters that changed places count as two.
        let limit = wanted.count < 4 ? 1 : max(2, wanted.count / 3)
        return candidates.map { candidate in
            let other = Array(candidate.lowercased().utf8.filter { $0 != UInt8(ascii: "_") }.prefix(100))
            return (candidate, Self.distance(wanted, other))
        }
        .filter { $0.1 <= limit }
        .min { $0.1 < $1.1 }?.0
    }

    /// `; did you mean headline?`, to end a message that says that there is no such name. Where no name is near it is
    /// those of which the given one is the end: `experiences.title` of `title`. Empty when there are none.
    package static func question(for name: String, in candidates: some Sequence<String>) -> String {
        let candidates = Array(candidates)
        var meant = Self.nearest(to: name, in: candidates).map { [$0] } ?? []
        if meant.isEmpty, !name.isEmpty {
            meant = candidates.filter { $0.hasSuffix(".\(name)") || $0.hasSuffix("_\(name)") }
        }
        return meant.isEmpty ? "" : "; did you mean \(meant.prefix(3).joined(separator: " or "))?"
    }

    /// Letters to insert, remove or replace (Levenshtein).
    private static func distance(_ a: [UInt8], _ b: [UInt8]) -> Int {
        var row = Array(0...b.count)
        for (i, letter) in a.enumerated() {
            var diagonal = row[0]
            row[0] = i + 1
            for (j, other) in b.enumerated() {
                let replaced = diagonal + (letter == other ? 0 : 1)
                diagonal = row[j + 1]
                row[j + 1] = min(replaced, row[j] + 1, row[j + 1] + 1)
            }
        }
        return row[b.count]
    }
}
