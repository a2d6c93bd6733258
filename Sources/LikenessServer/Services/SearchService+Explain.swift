internal import LikenessMessages
internal import LikenessRPC
internal import LikenessRepository
internal import LikenessWire

extension SearchService {
    /// Answers one query with how its answer came about.
    func explain(_ request: ExplainQueryRequest, _ context: ServerContext) async throws -> ExplainQueryResponse {
        let start = ContinuousClock.now
        return try await ServiceError.reporting {
            if let error = ServiceError.violating(request.violations()) { throw error }
            guard let query = request.query else {
                throw ServiceError.invalid("query", "is required", rule: "required")
            }
            let plans: ExplainedPlans = request.analyze ? .analyzed : request.plans ? .planned : .none
            if plans != .none {
                context.setTarget(request.analyze ? "analyze" : "plans")
                try Self.requirePlans(for: context, field: request.analyze ? "analyze" : "plans")
            }
            try Self.requireExplainable(query)
            var response: ExplainQueryResponse
            do {
                let recorder = SearchRecorder()
                let asked = try await self.query(
                    asked: query,
                    context,
                    deadline: context.deadline,
                    recorder: recorder
                )
                response = try await self.repository.explain(
                    asked.query,
                    counting: asked.facets,
                    plans: plans,
                    recorder: recorder,
                    deadline: context.deadline
                )
                response.minRelevance = query.minRelevance
                if asked.derived != nil { response.strategy = QueryResponse.strategyOfExamples }
                // How much was looked at, and how often, can depend on what a mask hides.
                if asked.query.view != nil, !Self.seesEverything(context) { response.statements = [] }
            } catch {
                throw ServiceError(describing: error).inside("query")
            }
            response.total = ProtobufDuration(.now - start)
            return response
        }
    }

    /// Whether a caller may see of a search what is not in its answer.
    private static func seesEverything(_ context: ServerContext) -> Bool {
        context.roles.contains(.admin) && context.boundMasks.isEmpty
    }

    private static func requirePlans(for context: ServerContext, field: String) throws(ServiceError) {
        guard !self.seesEverything(context) else { return }
        let isBound = !context.boundMasks.isEmpty
        let reason = isBound ? "would show more than the caller's mask does" : "requires the role admin"
        var error = ServiceError(
            .permissionDenied,
            reason: isBound ? "BOUND_TO_MASK" : "ROLE_REQUIRED",
            "\(field) \(reason)"
        )
        error.violations = [Violation(field: field, ruleID: "role", message: reason)]
        throw error
    }

    private static func requireExplainable(_ query: QueryRequest) throws(ServiceError) {
        for (field, isSet) in [
            ("page_window", query.pageWindow > 0), ("page_token", !query.pageToken.isEmpty),
            ("validate_only", query.validateOnly), ("read_mask", query.readMask != nil),
            ("sections_per_hit", query.sectionsPerHit > 0),
        ] where isSet {
            throw .invalid("query.\(field)", "is set: a search is explained by its hits")
        }
    }
}
