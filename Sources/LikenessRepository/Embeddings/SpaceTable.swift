package import LikenessPostgres

/// The name of a table of embeddings: the only identifier that ever enters SQL text.
package struct SpaceTable: Sendable, Hashable {
    package let name: SQL

    /// `nil` unless `name` is "embeddings_" and 1 to 40 lower-case letters, digits or underscores, so that it needs no
    /// quoting.
    package init?(name: String) {
        let prefix = "embeddings_"
        guard name.hasPrefix(prefix), 1...40 ~= name.utf8.count - prefix.utf8.count, let name = SQL(plainName: name)
        else { return nil }
        self.name = name
    }

    /// The name that an embedding space gets: "all-MiniLM-L6-v2" gives "embeddings_all_minilm_l6_v2".
    package init?(spaceName: String) {
        let letters = spaceName.lowercased().unicodeScalars.map { scalar in
            scalar.isASCII && (scalar.properties.isAlphabetic || scalar.properties.numericType != nil)
                ? Character(scalar) : "_"
        }
        self.init(name: "embeddings_" + String(letters))
    }

    /// The vector index that searches use.
    package var index: SQL { "\(self.name)_ann" }
    /// The vector index that a rebuild fills beside it.
    package var nextIndex: SQL { "\(self.name)_ann_next" }
}
