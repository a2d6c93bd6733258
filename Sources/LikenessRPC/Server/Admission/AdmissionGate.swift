internal import LikenessMessages
internal import LikenessScheduling
internal import LikenessWire
internal import NIOCore
internal import Synchronization

/// The admission controller that all connections of a server share.
final class AdmissionGate: Sendable {
    private let controller: Mutex<AdmissionController>

    init(_ configuration: AdmissionController.Configuration) {
        self.controller = Mutex(AdmissionController(configuration))
    }

    /// Asks for a call to start, before its message is decoded.
    ///
    /// - Returns: What to answer when it may not. Otherwise ``leave(_:of:method:latency:now:)`` must follow.
    func enter(_ priority: CallPriority, of flow: Flow, now: NIODeadline) -> RPCError? {
        switch self.controller.withLock({ $0.callArrived(priority, of: flow, now: now, chance: .random(in: 0..<1)) }) {
        case .admit: return nil
        case .shed(let delay):
            let (seconds, attoseconds) = delay.components
            let wait = ProtobufDuration(seconds: seconds, nanos: Int32(attoseconds / 1_000_000_000))
            return RPCError(
                .resourceExhausted,
                reason: "OVERLOADED",
                "the server is overloaded",
                RPCRetryInfo(retryDelay: wait)
            )
        }
    }

    func leave(_ priority: CallPriority, of flow: Flow, method: Int, latency: Duration?, now: NIODeadline) {
        self.controller.withLock { $0.callEnded(priority, of: flow, method: method, latency: latency, now: now) }
    }
}

extension CallPriority {
    /// The metadata entry by which a caller says that a call can wait: `likeness-priority: batch`.
    static let metadataKey = "likeness-priority"

    init(_ route: MethodRouter.Route, _ metadata: Metadata) {
        if route.isSystem {
            self = .system
        } else if !metadata.isEmpty,
            metadata.entries.contains(where: { $0.key == Self.metadataKey && $0.value.elementsEqual("batch".utf8) })
        {
            self = .batch
        } else {
            self = .normal
        }
    }
}
