package import LikenessPostgres

/// How long tests wait for what has to come. No test asserts it: a busy or slow machine only takes longer.
package enum Patience {
    /// `LIKENESS_TEST_PATIENCE` in seconds, 300 without it.
    package static let limit = Duration.seconds(Environment["LIKENESS_TEST_PATIENCE"].flatMap { Int($0) } ?? 300)

    /// Asks again and again until the condition holds.
    ///
    /// - Returns: Whether it held within the limit.
    package static func until(
        every pause: Duration = .milliseconds(20),
        _ condition: () async throws -> Bool
    ) async throws -> Bool {
        let end = ContinuousClock.now + Self.limit
        while true {
            if try await condition() { return true }
            guard ContinuousClock.now < end else { return false }
            try await Task.sleep(for: pause)
        }
    }
}

extension ConnectionConfiguration {
    /// The same, with time to connect on a busy machine. How long connecting may take is tested where that is the subject.
    package var patient: ConnectionConfiguration {
        var patient = self
        patient.connectTimeout = Patience.limit
        return patient
    }
}

extension PoolConfiguration {
    /// The usual one, with time to get a connection on a busy machine.
    package static var patient: PoolConfiguration {
        var patient = PoolConfiguration()
        patient.acquireTimeout = Patience.limit
        return patient
    }
}
