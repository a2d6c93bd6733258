/// Judges the answers of a run, one by one, while it runs.
///
/// A run numbers its prepared requests and asks for a verdict with the number of the request that was sent. Verifiers keep
/// no state: whoever calls adds the verdicts up in a `VerificationSummary` of its own.
package protocol AnswerVerifier: Sendable {
    /// - Parameters:
    ///   - request: Place of the request among the prepared ones, from 0.
    ///   - answer: The message that came back, as protobuf wrote it.
    func verdict(request: Int, answer: [UInt8]) -> Verdict
}

/// What became of one answer.
package enum Verdict: Sendable, Hashable {
    /// Well formed and in order. `found` of the `expected` best hits are in it; of `unchecked` ones the right score is not
    /// known.
    case right(found: Int, expected: Int, unchecked: Int = 0)
    /// With what is wrong, for people.
    case wrong(AnswerFault, String)
}

/// Why an answer is wrong. Such an answer counts as failed.
package enum AnswerFault: String, Sendable, Hashable, CaseIterable, Encodable {
    /// Not the message that the method promises, or without what it must have.
    case malformed
    /// Fewer hits than exist, without saying so.
    case missing
    /// More hits than were asked for, or one profile twice.
    case surplus
    /// A worse hit before a better one.
    case outOfOrder
    /// A score that is not the similarity of that profile.
    case scoreMismatch
    /// Not the bytes that were expected.
    case different
}

/// The verdicts of a run, added up.
package struct VerificationSummary: Sendable, Hashable {
    package private(set) var checked = 0
    package private(set) var found = 0
    package private(set) var expected = 0
    /// Hits whose right score is not known.
    package private(set) var unchecked = 0
    /// The first wrong answers, for people.
    package private(set) var examples: [String] = []
    package private(set) var faults: [AnswerFault: Int] = [:]

    package init() {}

    package var wrong: Int { self.faults.values.reduce(0, +) }

    /// The share of the best hits that the right answers held, 0...1; `nil` before anything was expected.
    package var recall: Double? { self.expected == 0 ? nil : Double(self.found) / Double(self.expected) }

    private static let examplesMax = 5

    /// - Parameter request: Place of the request among the prepared ones.
    package mutating func record(_ verdict: Verdict, request: Int) {
        self.checked += 1
        switch verdict {
        case .right(let found, let expected, let unchecked):
            self.found += found
            self.expected += expected
            self.unchecked += unchecked
        case .wrong(let fault, let text):
            self.faults[fault, default: 0] += 1
            let example = "request \(request): \(text)"
            if self.examples.count < Self.examplesMax, !self.examples.contains(example) {
                self.examples.append(example)
            }
        }
    }

    package mutating func merge(_ other: VerificationSummary) {
        self.checked += other.checked
        self.found += other.found
        self.expected += other.expected
        self.unchecked += other.unchecked
        self.examples = Array((self.examples + other.examples).prefix(Self.examplesMax))
        self.faults.merge(other.faults, uniquingKeysWith: +)
    }
}

/// Expects for each request the very bytes that are known beforehand, as an echo does.
package struct EqualAnswerVerifier: AnswerVerifier {
    private let expected: [[UInt8]]

    /// - Parameter expected: The right answer of each request.
    package init(expected: [[UInt8]]) { self.expected = expected }

    package func verdict(request: Int, answer: [UInt8]) -> Verdict {
        precondition(self.expected.indices.contains(request), "every request has its expected answer")
        return answer == self.expected[request]
            ? .right(found: 1, expected: 1) : .wrong(.different, "\(answer.count) other bytes than expected")
    }
}
