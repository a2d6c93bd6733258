internal import LikenessConsole
internal import LikenessMessages

/// Long-running operations, for people.
enum OperationOutput {
    static func line(_ operation: LikenessMessages.Operation, _ style: TerminalStyle) -> DisplayText {
        let reason: DisplayText = operation.error.map { ": \($0.message)" } ?? ""
        let progress: DisplayText =
            operation.state == .running ? ", \(Self.phase(operation)) \(Self.percent(operation.percent))" : ""
        return "\(operation.kind) of \(operation.target) \(Self.word(operation.state))\(progress)\(reason)"
            + style.dim("  \(operation.id)") + "\n"
    }

    static func table(_ response: ListOperationsResponse, _ style: TerminalStyle) -> DisplayText {
        guard !response.operations.isEmpty else { return "No operations.\n" }
        var table = Table([
            .init(title: "ID", alignment: .right), .init(title: "KIND"), .init(title: "TARGET"),
            .init(title: "STATE"), .init(title: "DONE", alignment: .right), .init(title: "STARTED"),
            .init(title: "PHASE OR ERROR"),
        ])
        for operation in response.operations {
            table.add([
                operation.id, operation.kind, operation.target, Self.word(operation.state),
                Self.percent(operation.percent), operation.createTime?.rfc3339 ?? "?",
                operation.error?.message ?? Self.phase(operation),
            ])
        }
        let token = response.nextPageToken
        return table.rendered(style: style) + (token.isEmpty ? "" : style.dim("more: --page-token \(token)") + "\n")
    }

    /// What it does now, and how long that will take.
    static func phase(_ operation: LikenessMessages.Operation) -> String {
        guard let left = operation.timeLeft, left.seconds >= 0 else { return operation.phase }
        let time = left.seconds < 90 ? "\(left.seconds) s" : "\((left.seconds + 30) / 60) min"
        return "\(operation.phase), \(time) left"
    }

    /// Whatever a service says, from 0 to 100.
    static func wholePercent(_ percent: Double) -> Int {
        percent.isNaN ? 0 : Int(min(max(percent, 0), 100))
    }

    private static func percent(_ percent: Double) -> String { "\(Self.wholePercent(percent)) %" }

    private static func word(_ state: OperationState) -> String {
        switch state {
        case .running: "running"
        case .succeeded: "succeeded"
        case .failed: "failed"
        case .cancelled: "cancelled"
        case .unspecified, .unrecognized: "unknown"
        }
    }
}
