extension ProtobufDuration {
    /// The duration in whole nanoseconds, towards zero.
    package init(_ duration: Duration) {
        let (seconds, attoseconds) = duration.components
        self.init(seconds: seconds, nanos: Int32(attoseconds / 1_000_000_000))
    }

    /// The duration; beyond a hundred years in either direction it stops growing.
    package var duration: Duration {
        .seconds(min(max(self.seconds, -3_155_760_000), 3_155_760_000)) + .nanoseconds(Int64(self.nanos))
    }
}
