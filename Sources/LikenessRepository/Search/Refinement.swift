package import LikenessMessages

/// What decides which of the best hits come first, and in which order, beside their scores.
package struct Refinement: Sendable {
    package enum Choice: Sendable, Hashable {
        case order(HitOrder)
        /// Of boosts, or of diversity, or of both.
        case scores(BoostedScore?, diversity: Double)
    }

    package let choice: Choice
    /// The best hits that are chosen among; `nil` for all that are ranked.
    package let window: Int?

    private static let windowDefault = 100
    /// Each of the hits is compared with those before it.
    static let diverseMax = 1_000

    /// - Returns: `nil` when scores alone decide.
    /// - Throws: `.invalidField`, by paths from the request on.
    package init?(_ request: QueryRequest) throws(RepositoryError) {
        let boosts = try BoostedScore(request.boosts)
        let isPaged = request.pageWindow > 0 || !request.pageToken.isEmpty
        if !request.orderBy.isEmpty {
            for (field, isSet) in [("diversity", request.diversity > 0), ("boosts", boosts != nil)] where isSet {
                throw .invalidField(path: field, reason: "is set beside order_by, which decides the order")
            }
            self.choice = .order(try HitOrder(request.orderBy))
        } else if boosts != nil || request.diversity > 0 {
            self.choice = .scores(boosts, diversity: request.diversity)
        } else {
            guard request.window == 0 else {
                throw .invalidField(path: "window", reason: "is set without order_by, diversity and boosts")
            }
            return nil
        }
        if boosts != nil, case .fusion(let fusion)? = request.query?.ask, fusion.method == .reciprocalRank {
            throw .invalidField(
                path: "boosts",
                reason: "is set for a fusion of ranks, whose scores are not from 0 to 1"
            )
        }
        if case .scores(_, let diversity) = self.choice, diversity > 0, request.pageWindow > Self.diverseMax {
            throw .invalidField(path: "page_window", reason: "is more than \(Self.diverseMax), with diversity")
        }
        guard !isPaged else {
            guard request.window == 0 else {
                throw .invalidField(path: "window", reason: "is set in pages, where page_window says how many")
            }
            self.window = nil
            return
        }
        if case .order = self.choice, case .text(let text)? = request.query?.ask, text.mode == .text {
            guard request.window == 0 else {
                throw .invalidField(path: "window", reason: "is set for words alone, where all that match are ordered")
            }
        }
        let limit = request.limit == 0 ? 10 : request.limit
        guard request.window == 0 || request.window >= limit else {
            throw .invalidField(path: "window", reason: "is less than limit, which is \(limit)")
        }
        self.window = request.window == 0 ? max(Self.windowDefault, Int(limit)) : Int(request.window)
    }
}

extension View {
    /// - Throws: `.invalidField` for an order or a boost by what is not shown as it is stored: it would tell of it.
    package func require(_ refinement: Refinement) throws(RepositoryError) {
        switch refinement.choice {
        case .order(let order): try self.require(order.sources, path: "order_by", verb: "orders by")
        case .scores(let boosts?, _):
            if boosts.recency > 0 { try self.require([["update_time"]], path: "boosts.recency", verb: "looks at") }
            if boosts.completeness > 0 {
                try self.require(BoostedScore.completenessFields, path: "boosts.completeness", verb: "looks at")
            }
        case .scores(nil, _): break
        }
    }

    private func require(_ fields: [[String]], path: String, verb: String) throws(RepositoryError) {
        for field in fields {
            guard let objection = self.objection(to: field) else { continue }
            throw .invalidField(path: path, reason: "\(verb) \(field.joined(separator: ".")), which \(objection)")
        }
    }
}
