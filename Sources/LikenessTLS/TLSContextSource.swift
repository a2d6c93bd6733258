internal import Synchronization

/// The context that new connections use; replaced whole when certificates change. Connections that are open keep the
/// one they started with.
package final class TLSContextSource: Sendable {
    private let context: Mutex<TLSContext>

    package init(_ context: TLSContext) { self.context = Mutex(context) }

    package var current: TLSContext { self.context.withLock { $0 } }

    package func replace(with new: TLSContext) { self.context.withLock { $0 = new } }

    /// - Throws: `TLSError` when the new configuration cannot be used; the previous one then stays.
    package func replace(with configuration: TLSConfiguration) throws(TLSError) {
        self.replace(with: try TLSContext(configuration))
    }
}
