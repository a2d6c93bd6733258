import LikenessMessages
import LikenessRPC
import LikenessReflection
import LikenessTesting
import Testing

@testable import LikenessReflection

/// A server that answers every unary method of the contract, and no answer is true.
struct LyingServer {
    let environment: [String: String]

    /// - Parameter answer: Makes the bytes of an answer, by its method and the message that it should be.
    static func run(
        _ answer: @escaping @Sendable (RPCDescriptor, MessageDescriptor) throws -> [UInt8],
        _ body: (LyingServer) async throws -> Void
    ) async throws {
        let pool = try DescriptorPool(fileDescriptorSets: [Contract.fileDescriptorSet])
        var router = MethodRouter()
        for service in pool.allServices {
            for method in service.methods where !method.clientStreams && !method.serverStreams {
                guard let output = pool.message(method.output) else { continue }
                let info = MethodInfo(
                    service: service.fullName,
                    name: method.name,
                    kind: .unary,
                    requiredRole: .none,
                    isIdempotent: false,
                    hasNoSideEffects: false,
                    defaultTimeout: nil
                )
                router.unary(MethodDescriptor<RawMessage, RawMessage>(info)) { _, _ in
                    RawMessage(try answer(method, output))
                }
            }
        }
        try await LoopbackServer.run(router) { server in
            try await server.withEnvironment { try await body(LyingServer(environment: $0)) }
        }
    }
}

extension BuiltProgram.Run {
    /// What of the output could steer a terminal, reorder a line or hide in it.
    var steering: [Unicode.Scalar] {
        (self.output + self.errors).unicodeScalars.filter { scalar in
            scalar != "\n"
                && (scalar.value < 0x20 || (0x7F...0x9F).contains(scalar.value) || scalar.properties.isBidiControl
                    || scalar == "\u{200B}" || scalar == "\u{2028}")
        }
    }
}

/// Messages in which every field holds what no honest server says.
struct AbsurdMessages {
    let pool: DescriptorPool
    /// Which of the values each field gets.
    let seed: Int

    static let text = "\u{1B}]0;X\u{7}\u{9B}31m\u{202E}\u{2066}\u{200B}\u{2028}\r\n\u{7F}\u{1B}[2Jé\u{301}👩‍👩‍👧‍👦\u{E0041}"
    private static let integers: [UInt64] = [
        9_000_000_000_000_000_000, UInt64(bitPattern: -500), UInt64(bitPattern: .min), UInt64(Int64.max), 0, 1,
        UInt64(bitPattern: -1), 0x7FFF_FFFF, 0xFFFF_FFFF_8000_0000,
    ]
    private static let numbers: [Double] = [
        .nan, 9e18, -500, .infinity, -.infinity, 1e308, -0.0, .leastNonzeroMagnitude,
    ]

    func bytes(_ type: MessageDescriptor, depth: Int = 0) -> [UInt8] {
        var writer = ProtobufWriter()
        var oneofs: Set<Int> = []
        for (index, field) in type.fields.enumerated() {
            if let oneof = field.oneof, !oneofs.insert(oneof).inserted { continue }
            let pick = self.seed &+ index &* 7 &+ depth
            for repetition in 0..<(field.isRepeated ? pick % 3 : 1) {
                self.write(field, pick: pick &+ repetition, depth: depth, to: &writer)
            }
        }
        return writer.bytes
    }

    private func write(_ field: FieldDescriptor, pick: Int, depth: Int, to writer: inout ProtobufWriter) {
        let integer = Self.integers[pick % Self.integers.count]
        let number = Self.numbers[pick % Self.numbers.count]
        switch field.kind {
        case .message:
            guard depth < 6, pick % 11 != 10, let type = self.pool.message(field.typeName) else { return }
            writer.writeTag(field.number, 2)
            writer.writeLengthDelimited(self.bytes(type, depth: depth + 1))
        case .string:
            writer.writeTag(field.number, 2)
            writer.writeLengthDelimited((pick % 4 == 3 ? "" : Self.text).utf8)
        case .bytes:
            writer.writeTag(field.number, 2)
            writer.writeLengthDelimited([0xFF, 0xFE, 0x1B])
        case .double:
            writer.writeTag(field.number, 1)
            writer.writeFixed(number.bitPattern)
        case .float:
            writer.writeTag(field.number, 5)
            writer.writeFixed(Float(number).bitPattern)
        case .fixed64, .sfixed64:
            writer.writeTag(field.number, 1)
            writer.writeFixed(integer)
        case .fixed32, .sfixed32:
            writer.writeTag(field.number, 5)
            writer.writeFixed(UInt32(truncatingIfNeeded: integer))
        case .bool:
            writer.writeTag(field.number, 0)
            writer.writeVarint(integer & 1)
        case .int32, .enumeration:
            writer.writeTag(field.number, 0)
            writer.writeVarint(UInt64(bitPattern: Int64(Int32(truncatingIfNeeded: integer))))
        case .uint32, .sint32:
            writer.writeTag(field.number, 0)
            writer.writeVarint(UInt64(UInt32(truncatingIfNeeded: integer)))
        case .int64, .uint64, .sint64:
            writer.writeTag(field.number, 0)
            writer.writeVarint(integer)
        case .group: break
        }
    }
}

extension BuiltProgram.Run {
    /// The program ended by itself and wrote nothing that a terminal obeys.
    ///
    /// - Parameter statuses: With which a program may end. A signal is its number here, and a trap is SIGILL or SIGTRAP.
    func expectHarmless(_ statuses: [Int32], _ command: [String]) {
        #expect(statuses.contains(self.status), "\(command): \(self)")
        #expect(self.steering.isEmpty, "\(command): \(self)")
    }
}
