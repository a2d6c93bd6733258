internal import Foundation

extension JudgedQueries {
    private static func lines(_ data: Data) throws(Fault) -> [(text: Substring, place: String)] {
        guard let text = String(data: data, encoding: .utf8) else { throw Fault(description: "is not UTF-8") }
        return text.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline).enumerated()
            .filter { $0.element.contains { !$0.isWhitespace } }
            .map { ($0.element, "line \($0.offset + 1)") }
    }

    mutating func readRows(_ data: Data) throws(Fault) {
        for (line, place) in try Self.lines(data) {
            guard let tab = line.firstIndex(of: "\t") else {
                throw Fault(description: "\(place): neither JSON nor an id and a text with a tab between")
            }
            let text = line[line.index(after: tab)...]
            try self.add(
                JudgedQuery(id: line[..<tab].trimmed(), text: text.trimmed(), kind: "", grades: [:]),
                at: place
            )
        }
    }

    mutating func readJudgedRows(_ data: Data) throws(Fault) {
        for (index, (line, place)) in try Self.lines(data).enumerated() {
            let words = line.split(whereSeparator: \.isWhitespace).map(String.init)
            // The header of BEIR's files.
            if index == 0, words == ["query-id", "corpus-id", "score"] { continue }
            guard words.count == 3 || words.count == 4 else {
                throw Fault(description: "\(place): \(words.count) words, not query, iteration, profile and grade")
            }
            guard let last = words.last, let grade = Int(last) else {
                throw Fault(description: "\(place): grade \"\(words.last ?? "")\" is not a whole number")
            }
            try self.grade(words[0], words[words.count - 2], grade, at: place)
        }
    }
}
