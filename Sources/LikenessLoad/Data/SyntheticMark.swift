/// How profiles with synthetic embeddings are recognised, and the warning before they are mixed with others.
enum SyntheticMark {
    /// Among the attributes of each profile that is stored with `SyntheticVectors`.
    static let attributes = #"{"likeness-load": {"embeddings": "clustered"}}"#

    /// The warning before embeddings of one kind are stored beside those of the other; `nil` where there are none.
    ///
    /// - Parameter profiles: Live ones in the database, with the mark and without.
    static func warning(
        loading embeddings: DatabaseLoad.Embeddings,
        into profiles: (with: Int, without: Int)
    ) -> String? {
        switch embeddings {
        case .clustered where profiles.without > 0:
            "the database already holds other profiles (\(Figures.count(profiles.without))): among synthetic embeddings the "
                + "index may not find theirs; use a database of its own"
        case .model where profiles.with > 0, .outbox where profiles.with > 0:
            "the database already holds profiles with synthetic embeddings (\(Figures.count(profiles.with))): among them "
                + "the index may not find real ones; use a database of its own"
        default: nil
        }
    }
}
