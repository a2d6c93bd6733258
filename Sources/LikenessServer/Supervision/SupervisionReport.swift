package import LikenessMessages

/// What a service manager gets, and when: only what has changed, and signs of life as long as there is life. Pure.
package struct SupervisionReport {
    private var isReady = false
    private var isStopping = false
    private var status = ""

    package init() {}

    /// - Parameters:
    ///   - health: Of the parts.
    ///   - loopsTurn: Whether every event loop of calls turns.
    ///   - wantsLife: Whether a sign of life is due.
    /// - Returns: Assignments, as sd_notify(3) has them; empty when there is nothing to tell.
    package mutating func assignments(
        _ health: GetHealthResponse,
        isStopping: Bool,
        loopsTurn: Bool,
        wantsLife: Bool
    ) -> [String] {
        var assignments: [String] = []
        if !self.isReady {
            self.isReady = true
            assignments.append("READY=1")
        }
        if isStopping, !self.isStopping {
            self.isStopping = true
            assignments.append("STOPPING=1")
        }
        let status = isStopping ? "stopping: calls under way are let end" : Self.text(health, loopsTurn: loopsTurn)
        if status != self.status {
            self.status = status
            assignments.append("STATUS=\(status)")
        }
        // A process whose loops stand still gets none: it is ended and started again.
        if wantsLife, loopsTurn { assignments.append("WATCHDOG=1") }
        return assignments
    }

    /// In one line: `systemctl status` shows it.
    private static func text(_ health: GetHealthResponse, loopsTurn: Bool) -> String {
        guard loopsTurn else { return "an event loop stands still" }
        let ill = health.components.filter { $0.status != .serving }
        let parts = ill.map { "\($0.name): \($0.message)" }.joined(separator: "; ")
        let name =
            switch health.status {
            case .serving: "SERVING"
            case .degraded: "DEGRADED"
            default: "NOT_SERVING"
            }
        return LogLine.escaped(parts.isEmpty ? name : "\(name): \(String(parts.prefix(500)))")
    }
}
