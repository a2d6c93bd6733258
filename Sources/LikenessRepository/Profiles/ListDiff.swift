internal import FoundationEssentials

/// How a stored list becomes a wanted one while rows keep their identity.
///
/// A wanted item that names a stored id is that row. One without an id is the stored row that is equal to it, or else
/// the first one left that is like it; only then is it new. So a caller who sends a whole list without ids changes no
/// more than what differs.
struct ListDiff<Item> {
    struct Change {
        let id: UUID
        let position: Int
        let item: Item
    }

    /// The wanted items in their order, each with its id.
    private(set) var items: [Item] = []
    private(set) var inserted: [Change] = []
    private(set) var updated: [Change] = []
    private(set) var deleted: [UUID] = []

    var isEmpty: Bool { self.inserted.isEmpty && self.updated.isEmpty && self.deleted.isEmpty }

    /// - Parameters:
    ///   - id: The item's id as text; may be empty in `wanted`.
    ///   - isLike: Whether a wanted item is another version of a stored one.
    ///   - path: Of the list, for errors.
    init(
        stored: [Item],
        wanted: [Item],
        path: String,
        id: WritableKeyPath<Item, String>,
        isLike: (_ stored: Item, _ wanted: Item) -> Bool
    ) throws(RepositoryError) where Item: Hashable {
        var ids: [UUID?] = []
        var named: Set<UUID> = []
        for (index, item) in wanted.enumerated() {
            if item[keyPath: id].isEmpty {
                ids.append(nil)
            } else {
                let uuid = try UUID(text: item[keyPath: id], path: "\(path)[\(index)].id")
                guard named.insert(uuid).inserted else {
                    throw .invalidField(path: "\(path)[\(index)].id", reason: "occurs twice")
                }
                ids.append(uuid)
            }
        }
        var left = stored.map { (id: UUID(text: $0[keyPath: id]) ?? .zero, item: $0) }
        let storedPositions = Dictionary(left.enumerated().map { ($1.id, $0) }, uniquingKeysWith: { first, _ in first })
        left.removeAll { named.contains($0.id) }

        func withoutID(_ item: Item) -> Item {
            var item = item
            item[keyPath: id] = ""
            return item
        }
        // Equal rows first, so that none of them is taken by one that is merely like it.
        var equalRows = Dictionary(grouping: left.reversed(), by: { withoutID($0.item) })
        for index in ids.indices where ids[index] == nil {
            ids[index] = equalRows[wanted[index]]?.popLast()?.id
        }
        let matched = Set(ids.compactMap { $0 })
        left.removeAll { matched.contains($0.id) }
        for index in ids.indices where ids[index] == nil {
            guard let row = left.firstIndex(where: { isLike($0.item, wanted[index]) }) else { continue }
            ids[index] = left.remove(at: row).id
        }

        for (position, item) in wanted.enumerated() {
            let uuid = ids[position] ?? UUID()
            var item = item
            item[keyPath: id] = uuid.text
            self.items.append(item)
            let change = Change(id: uuid, position: position, item: item)
            if let storedPosition = storedPositions[uuid] {
                if storedPosition != position || stored[storedPosition] != item { self.updated.append(change) }
            } else {
                self.inserted.append(change)
            }
        }
        let kept = Set(self.items.map { $0[keyPath: id] })
        self.deleted = stored.filter { !kept.contains($0[keyPath: id]) }.compactMap {
            UUID(text: $0[keyPath: id])
        }
    }
}
