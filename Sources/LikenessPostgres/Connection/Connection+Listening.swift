internal import Synchronization

extension Connection {
    /// Hears what is sent to channels by `NOTIFY`, until the stream is dropped or the session ends.
    ///
    /// For a connection of one's own: one that goes back to a pool would go on hearing.
    package func listen(to channels: [String]) async throws(DatabaseError) -> AsyncStream<Notification> {
        // A slow reader loses the oldest: a notification says that something changed, not what.
        let (stream, feed) = AsyncStream.makeStream(of: Notification.self, bufferingPolicy: .bufferingNewest(1024))
        self.state.withLock { $0.notified = { feed.yield($0) } }
        self.whenLost { feed.finish() }
        for channel in channels { try await self.executeScript("LISTEN \(SQL(quoting: channel))") }
        return stream
    }
}
