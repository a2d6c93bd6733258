internal import Synchronization

/// The context that new connections use; replaced whole when certificates change. Connections that are open keep the
/// one they started with.
package final class TLSContextSource: Sendable {
    private let context: Mutex<TLSContext>

    package init(_ context: TLSContext) { self.context = Mutex(context) }

    package var current: TLSContext { self.context.withLock { $0 } }

    /// - Throws: `TLSError` when the new configuration cannot be used; the old one then stays.
    package func replace(with configuration: TLSConfiguration) throws(TLSError) {
        let new = try TLSContext(configuration)
        self.context.withLock { $0 = new }
    }
}
