package import LikenessMessages
internal import LikenessPostgres

extension MaskRepository {
    /// Masks that a caller may name, and that fit some tags.
    ///
    /// - Parameters:
    ///   - tags: Of a profile that is to be seen; none for every mask.
    ///   - bound: What the caller is bound to, what binds most first.
    ///   - limit: At least 1.
    /// - Returns: Those that include the most of the tags first, of equals by name.
    /// - Throws: `.failedPrecondition` when a mask that the caller is bound to is not there.
    package func select(
        tags: [String],
        bound: [String],
        limit: Int,
        deadline: ContinuousClock.Instant? = nil
    ) async throws(RepositoryError) -> (proposals: [MaskProposal], hasMore: Bool) {
        let binding = try await self.live(bound: bound, requested: "", deadline: deadline)
        var proposals: [MaskProposal] = []
        var last: String? = ""
        while let after = last {
            let (masks, next) = try await self.readable(after: after, deadline: deadline)
            for mask in masks {
                let all = binding.contains { $0.name == mask.name } ? binding : binding + [mask]
                // One that looks at what another one hides cannot be named beside it.
                guard let view = try? View(all), view.fits(tags) else { continue }
                let included = mask.configuration?.includeTags ?? []
                proposals.append(
                    MaskProposal(
                        name: mask.name,
                        description: mask.description,
                        includedTags: tags.filter(included.contains)
                    )
                )
            }
            last = next
        }
        // By name already.
        let best = proposals.enumerated().sorted { left, right in
            let (one, other) = (left.element.includedTags.count, right.element.includedTags.count)
            return one != other ? one > other : left.offset < right.offset
        }
        return (best.prefix(limit).map(\.element), best.count > limit)
    }
}
