internal import LikenessMessages
internal import LikenessPostgres

extension ProtobufTimestamp {
    init(_ timestamp: PostgresTimestamp) {
        self.init(seconds: timestamp.unixSeconds, nanos: timestamp.nanoseconds)
    }
}
