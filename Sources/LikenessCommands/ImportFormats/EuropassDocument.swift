internal import LikenessReflection

/// The document of JSON Resume that a Europass reader puts together, with the place of each part.
struct EuropassDocument {
    /// One object in it.
    struct Item {
        fileprivate(set) var members: [JSONNode.Member] = []
        fileprivate var places: [(name: String, place: String)] = []
        let place: String

        init(_ node: EuropassNode) { self.place = node.place }

        /// Takes the text of a node for a member; the first of several that has one.
        mutating func put(_ name: String, _ nodes: EuropassNode?...) {
            for node in nodes {
                // What is not used is left, to be kept and named.
                guard let node, !self.members.contains(where: { $0.name == name }), let text = node.take() else {
                    continue
                }
                self.members.append(.init(name, .string(text)))
                self.places.append((name, node.place))
            }
        }

        mutating func put(_ name: String, _ value: JSONNode?, from node: EuropassNode) {
            guard let value, !value.saysNothing, !self.members.contains(where: { $0.name == name }) else { return }
            self.members.append(.init(name, value))
            self.places.append((name, node.place))
        }
    }

    private var basics: [JSONNode.Member] = []
    private var lists: [(name: String, items: [JSONNode])] = []
    /// Of paths in the document.
    private(set) var places: [String: String] = [:]

    mutating func set(basics item: Item) {
        self.basics = item.members
        self.places["basics"] = item.place
        for (name, place) in item.places { self.places["basics.\(name)"] = place }
    }

    mutating func add(_ list: String, _ item: Item) {
        guard !item.members.isEmpty else { return }
        let index = self.lists.firstIndex { $0.name == list } ?? self.lists.endIndex
        if index == self.lists.endIndex { self.lists.append((list, [])) }
        let path = "\(list)[\(self.lists[index].items.count)]"
        self.lists[index].items.append(.object(item.members))
        self.places[path] = item.place
        for (name, place) in item.places { self.places["\(path).\(name)"] = place }
    }

    var node: JSONNode {
        .object([.init("basics", .object(self.basics))] + self.lists.map { .init($0.name, .array($0.items)) })
    }

    /// Where a path of the document comes from, as closely as that is known.
    func place(of path: String) -> String {
        var rest = path[...]
        while !rest.isEmpty {
            if let place = self.places[String(rest)] { return place }
            rest = rest[..<(rest.lastIndex { ".[".contains($0) } ?? rest.startIndex)]
        }
        return path
    }
}
