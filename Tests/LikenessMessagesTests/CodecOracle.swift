import LikenessMessages
import LikenessTesting

/// Python's protobuf on the messages of the contract and of the tests; see Tests/codec-oracle/oracle.py.
struct CodecOracle: Sendable {
    /// Started at its first use.
    static let shared = Result {
        try CodecOracle(
            python: PythonOracle(
                script: "oracle.py",
                fileDescriptorSets: [TestContract.fileDescriptorSet, Contract.fileDescriptorSet]
            )
        )
    }

    enum Style: UInt8, CaseIterable { case random, empty, maximal, scrambled, large }

    private let python: PythonOracle

    /// What `message` says of these bytes: canonical bytes, dump.
    func judge(_ message: String, _ bytes: [UInt8]) async throws -> PythonOracle.Answer {
        try await self.python.ask("C", message, bytes)
    }

    /// A random message: input bytes, canonical bytes, dump.
    func random(_ message: String, seed: UInt64, _ style: Style) async throws -> PythonOracle.Answer {
        try await self.python.ask("R", message, PythonOracle.bytes(of: seed) + [style.rawValue])
    }

    /// A random message with damaged bytes: input bytes, canonical bytes, dump or reason.
    func damaged(_ message: String, seed: UInt64) async throws -> PythonOracle.Answer {
        try await self.python.ask("M", message, PythonOracle.bytes(of: seed))
    }
}
