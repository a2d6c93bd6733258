internal import LikenessFormats

/// An element of a Europass document while it is read: what is taken is marked, and what is left is kept.
final class EuropassNode {
    let name: String
    /// Those that were not taken, by name.
    private var attributes: [String: String]
    private(set) var children: [EuropassNode] = []
    private weak var parent: EuropassNode?
    /// Its part of `path`.
    private let step: String
    let line: Int
    private let ownText: String
    private(set) var isTaken = false

    private static let stepMax = 100

    init(_ element: XMLElement, step: String = "") {
        self.name = element.name
        self.attributes = element.attributes
        self.step = step
        self.line = element.line
        self.ownText = element.text.trimmed()
        var counts: [String: Int] = [:]
        for child in element.children { counts[child.name, default: 0] += 1 }
        var numbers: [String: Int] = [:]
        self.children = element.children.map { child in
            numbers[child.name, default: 0] += 1
            // One of several has a number, from 1, as in XPath.
            let name = child.name.prefix(Self.stepMax)
            let step = counts[child.name, default: 0] > 1 ? "\(name)[\(numbers[child.name, default: 0])]" : String(name)
            return EuropassNode(child, step: step)
        }
        for child in self.children { child.parent = self }
    }

    /// As in `LearnerInfo/WorkExperienceList/WorkExperience[2]`; empty for the root. Put together when it is asked for: few are.
    var path: String {
        // Asked for once: each element above asks in its turn.
        guard let above = self.parent?.path, !above.isEmpty else { return self.step }
        return "\(above)/\(self.step)"
    }

    /// Where it stands, for a person.
    var place: String { "line \(self.line): \(self.path)" }

    func all(_ names: String...) -> [EuropassNode] { self.children.filter { names.contains($0.name) } }

    /// The first element down a path of names.
    func node(_ names: String...) -> EuropassNode? {
        var node: EuropassNode? = self
        for name in names { node = node?.children.first { $0.name == name } }
        return node
    }

    /// Its text, which is taken by that; `nil` without one.
    func take() -> String? {
        self.isTaken = true
        return self.ownText.isEmpty ? nil : self.ownText
    }

    /// Its text, left where it is.
    var text: String { self.ownText }

    /// The text of an attribute, which is taken by that; `nil` without one.
    func take(attribute name: String) -> String? {
        let text = self.attributes.removeValue(forKey: name)?.trimmed() ?? ""
        return text.isEmpty ? nil : text
    }

    /// Its attributes with a text that were not taken.
    var leftAttributes: [(name: String, text: String)] {
        self.attributes.map { ($0.key, $0.value.trimmed()) }.filter { !$0.1.isEmpty }.sorted { $0.0 < $1.0 }
    }

    /// Its text, if that was not taken.
    var leftText: String? { self.isTaken || self.ownText.isEmpty ? nil : self.ownText }

    /// Takes it with all that is in it.
    func takeAll() {
        self.isTaken = true
        self.attributes = [:]
        for child in self.children { child.takeAll() }
    }

    /// The elements with a text that were not taken.
    var left: [EuropassNode] {
        (self.leftText == nil ? [] : [self]) + self.children.flatMap(\.left)
    }
}
