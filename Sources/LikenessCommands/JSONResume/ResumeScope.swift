internal import Foundation
internal import LikenessMessages
internal import LikenessReflection

/// One object of a document while it is read: what is taken is gone, what is left is kept.
///
/// Names are compared without case, spaces and punctuation: "Work Experience", `work_experience` and `workExperience` are
/// one.
final class ResumeScope {
    private struct Member {
        let name: String
        let folded: String
        var value: JSONNode
        /// Set: `value` has been read into it.
        var child: ResumeScope?
        /// Whether it is known why it is still here.
        var isExplained: Bool
    }

    /// What was taken.
    struct Taken {
        let name: String
        let path: String
        let value: JSONNode
    }

    /// Path of the object in its document; empty at the top.
    let path: String
    let log: ResumeLog
    private var members: [Member]

    init(_ members: [JSONNode.Member], path: String, log: ResumeLog) {
        self.path = path
        self.log = log
        self.members = members.map { member in
            Member(name: member.name, folded: Self.folded(member.name), value: member.value, isExplained: false)
        }
    }

    /// In lower case, without accents, spaces and punctuation.
    static func folded(_ name: String) -> String {
        var folded = String.UnicodeScalarView()
        let name = name.lowercased()
        for scalar in (name.utf8.allSatisfy { $0 < 0x80 } ? name : name.decomposedStringWithCanonicalMapping)
            .unicodeScalars
        {
            let isKept =
                scalar.isASCII
                ? (0x61...0x7A).contains(scalar.value) || (0x30...0x39).contains(scalar.value)
                    || "$@#".unicodeScalars.contains(scalar)
                : scalar.properties.isAlphabetic || scalar.properties.numericType != nil
            if isKept { folded.append(scalar) }
        }
        return String(folded)
    }

    func path(of name: String) -> String { self.path.isEmpty ? name : "\(self.path).\(name)" }

    // MARK: Taking

    /// Takes the first member that has one of these names and says something. Those that say nothing (`null`, "", [])
    /// are dropped.
    func take(_ names: [String]) -> Taken? {
        for name in names {
            while let index = self.members.firstIndex(where: { $0.folded == name && $0.child == nil && !$0.isExplained }
            ) {
                let member = self.members.remove(at: index)
                if !member.value.saysNothing {
                    return Taken(name: member.name, path: self.path(of: member.name), value: member.value)
                }
            }
        }
        return nil
    }

    /// The first member that has one of these names, left where it is.
    func peek(_ names: [String]) -> JSONNode? { self.look(names)?.value }

    /// The same, with its name as it stands.
    func look(_ names: [String]) -> (name: String, value: JSONNode)? {
        for name in names {
            if let member = self.members.first(where: {
                $0.folded == name && !$0.isExplained && !$0.value.saysNothing
            }) {
                return (member.name, member.value)
            }
        }
        return nil
    }

    func has(_ names: [String]) -> Bool { self.peek(names) != nil }

    /// Whether there is a member of one of these names, also one that says nothing.
    func hasMember(_ names: [String]) -> Bool { self.members.contains { names.contains($0.folded) } }

    /// Opens a member that is an object, to read it in place.
    func open(_ name: String) -> ResumeScope? {
        guard let index = self.members.firstIndex(where: { $0.folded == name }) else { return nil }
        if let child = self.members[index].child { return child }
        guard case .object(let members) = self.members[index].value else { return nil }
        let child = ResumeScope(members, path: self.path(of: self.members[index].name), log: self.log)
        self.members[index].child = child
        return child
    }

    /// The member "sections", where it has lists beside a heading each: {"experience": {"name": …, "items": […]}}.
    var sections: [String] {
        guard case .object(let members)? = self.peek(["sections"]),
            members.contains(where: { member in
                guard case .object(let parts) = member.value else { return false }
                return parts.contains { if case ("items", .array) = ($0.name, $0.value) { true } else { false } }
            })
        else { return [] }
        return ["sections"]
    }

    // MARK: Keeping

    /// Puts back what was taken, with what there is to say of it.
    func keep(_ taken: Taken, _ value: JSONNode? = nil, because message: String? = nil) {
        self.members.append(
            Member(
                name: taken.name,
                folded: Self.folded(taken.name),
                value: value ?? taken.value,
                isExplained: true
            )
        )
        if let message { self.log.warn(taken.path, message) }
    }

    /// What is left, `nil` if nothing; what was neither read nor is known to have no field is reported.
    func leftover() -> JSONNode? {
        var left: [JSONNode.Member] = []
        for member in self.members {
            if let child = member.child {
                if let value = child.leftover() { left.append(.init(member.name, value)) }
                continue
            }
            if !member.isExplained, !member.value.saysNothing,
                !ResumeVocabulary.isKeptUnread(member.name, folded: member.folded),
                !self.log.silent.contains(member.folded)
            {
                self.log.warn(self.path(of: member.name), "not read: kept in attributes")
            }
            left.append(.init(member.name, member.value))
        }
        return left.isEmpty ? nil : .object(left)
    }

    /// The names of what is left, if there is any and no part of it is what people have. An empty list says what there is no one of; a
    /// column without a value says nothing.
    var onlyStrangers: [String]? {
        let left = self.members.filter { member in
            switch member.value {
            case .null, .string: !member.value.saysNothing
            default: true
            }
        }
        guard left.allSatisfy({ $0.child == nil && !$0.isExplained }) else { return nil }
        let unknown = left.filter { !ResumeVocabulary.isKeptUnread($0.name, folded: $0.folded) }
        let isAnyones = left.allSatisfy { member in
            ResumeVocabulary.ofAnything.contains(member.folded)
                || !ResumeVocabulary.isKeptUnread(member.name, folded: member.folded)
        }
        return unknown.isEmpty || !isAnyones ? nil : unknown.map(\.name)
    }

    // MARK: Texts

    /// Takes a text. Other members of these names with the same text are dropped: they say nothing new.
    ///
    /// - Parameters:
    ///   - max: Characters that the contract allows: what is longer is cut, and kept whole.
    ///   - separator: Between the texts of a list.
    func text(_ names: [String], max: Int, separator: String = ", ") -> String {
        guard let taken = self.take(names) else { return "" }
        guard let (text, rest) = taken.value.plainText(separator: separator) else {
            self.keep(taken, because: "expected a text, found \(taken.value.kind): not read, kept in attributes")
            return ""
        }
        if let rest { self.keep(taken, rest) }
        // Others of these names that say the same say nothing new.
        self.members.removeAll { member in
            names.contains(member.folded) && !member.isExplained && member.child == nil
                && member.value.plainText(separator: separator).map { $0.text == text && $0.rest == nil } ?? false
        }
        return self.cut(text, to: max, of: taken)
    }

    /// The text as far as the contract allows it.
    func cut(_ text: String, to max: Int, of taken: Taken) -> String {
        let count = text.unicodeScalars.count
        guard count > max else { return text }
        self.keep(taken, because: "has \(count) characters: the first \(max) are searched, all are kept in attributes")
        return text.prefix(scalars: max)
    }

    /// Takes a list of texts; a single text is cut at `separators`.
    func texts(_ names: [String], countMax: Int, max: Int, separators: Set<Character>) -> [String] {
        var texts: [String] = []
        while let taken = self.take(names) {
            self.append(taken, to: &texts, countMax: countMax, max: max, separators: separators)
        }
        return texts
    }

    private func append(
        _ taken: Taken,
        to texts: inout [String],
        countMax: Int,
        max: Int,
        separators: Set<Character>
    ) {
        guard case .array(let items) = taken.value else {
            if let (text, rest) = taken.value.plainText(separator: "\n") {
                let parts = text.split { separators.contains($0) }.map { $0.trimmed(of: "•-*–") }
                let good = parts.filter { !$0.isEmpty }
                if good.count + texts.count <= countMax, good.allSatisfy({ $0.unicodeScalars.count <= max }) {
                    texts += good
                    if let rest { self.keep(taken, rest) }
                    return
                }
            }
            return self.keep(
                taken,
                because: "expected texts, found \(taken.value.kind): not read, kept in attributes"
            )
        }
        var left: [JSONNode] = []
        var isLeft = false
        for (index, item) in items.enumerated() {
            let path = "\(taken.path)[\(index)]"
            guard !item.saysNothing else {
                left.append(.null)
                continue
            }
            guard let (text, rest) = item.plainText(separator: ", ") else {
                self.log.warn(path, "expected a text, found \(item.kind): not read, kept in attributes")
                left.append(item)
                isLeft = true
                continue
            }
            if texts.count == countMax {
                self.log.warn(path, "more than \(countMax) of them: the rest is not searched, kept in attributes")
                left += items[index...]
                isLeft = true
                break
            }
            let shown = text.prefix(scalars: max)
            texts.append(shown)
            if shown != text {
                self.log.warn(path, "longer than \(max) characters: cut for searches, kept in attributes")
                left.append(item)
                isLeft = true
            } else {
                left.append(rest ?? .null)
                isLeft = isLeft || rest != nil
            }
        }
        if isLeft { self.keep(taken, .array(left)) }
    }
}

/// The warnings of one document.
final class ResumeLog {
    /// More are counted only: one mistake repeated a thousand times is still one.
    private static let countMax = 100
    private(set) var warnings: [ResumeWarning] = []
    private var uncounted = 0
    /// Names, folded, of what is kept without a word.
    let silent: Set<String>

    init(silent: Set<String> = []) { self.silent = silent }

    func warn(_ path: String, _ message: String) {
        if self.warnings.count < Self.countMax {
            self.warnings.append(.init(path: path, message: message))
        } else {
            self.uncounted += 1
        }
    }

    /// Where the first text with HTML was, and how many there were: one warning for all.
    private var html: (path: String, count: Int)?

    func countHTML(_ path: String) {
        self.html = (self.html?.path ?? path, (self.html?.count ?? 0) + 1)
    }

    var all: [ResumeWarning] {
        var all = self.warnings
        if let (path, count) = self.html {
            let texts = count > 1 ? " in \(count) texts" : ""
            all.append(.init(path: path, message: "HTML\(texts): stored as plain text"))
        }
        if self.uncounted > 0 {
            all.append(.init(path: "", message: "\(self.uncounted) more warnings of this document are only counted"))
        }
        return all
    }
}
